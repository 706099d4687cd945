"""The Pod Security Standard `restricted` (with what `baseline` forbids), as far
as a pod of one kind of container can break it, from its public description."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral",
           "persistentVolumeClaim", "projected", "secret"}
SYSCTLS = {"kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range",
           "net.ipv4.ip_unprivileged_port_start", "net.ipv4.tcp_syncookies",
           "net.ipv4.ping_group_range"}
PROFILES = {"RuntimeDefault", "Localhost"}


def violations(pod: dict[str, Any]) -> list[str]:
    """What of a pod's spec `restricted` refuses."""
    return list(_of_pod(pod))


def _of_pod(pod: dict[str, Any]) -> Iterator[str]:
    for name in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(name):
            yield name
    for volume in pod.get("volumes", []):
        kinds = set(volume) - {"name"}
        if not kinds or not kinds <= VOLUMES:
            yield f"volume {volume['name']}: {', '.join(kinds) or 'no kind'}"
    context = pod.get("securityContext", {})
    for sysctl in context.get("sysctls", []):
        if sysctl["name"] not in SYSCTLS:
            yield f"sysctl {sysctl['name']}"
    yield from _of_context(context, "pod")
    for group in ("initContainers", "containers", "ephemeralContainers"):
        for container in pod.get(group, []):
            yield from _of_container(container, context)


def _of_context(context: dict[str, Any], where: str) -> Iterator[str]:
    """What a pod's and a container's context may not say."""
    if context.get("runAsUser") == 0:
        yield f"{where}: runAsUser 0"
    if context.get("runAsNonRoot") is False:
        yield f"{where}: runAsNonRoot false"
    if "seccompProfile" in context \
            and context["seccompProfile"].get("type") not in PROFILES:
        yield f"{where}: seccompProfile"
    if context.get("appArmorProfile", {}).get("type") == "Unconfined":
        yield f"{where}: appArmorProfile"
    selinux = context.get("seLinuxOptions", {})
    if {"user", "role"} & set(selinux) or selinux.get("type", "") not in (
            "", "container_t", "container_init_t", "container_kvm_t",
            "container_engine_t"):
        yield f"{where}: seLinuxOptions"
    if context.get("windowsOptions", {}).get("hostProcess"):
        yield f"{where}: hostProcess"


def _of_container(container: dict[str, Any],
                  pod: dict[str, Any]) -> Iterator[str]:
    own = container.get("securityContext", {})
    where = container["name"]
    yield from _of_context(own, where)
    if own.get("runAsNonRoot", pod.get("runAsNonRoot")) is not True:
        yield f"{where}: runAsNonRoot is not said"
    if "seccompProfile" not in own and "seccompProfile" not in pod:
        yield f"{where}: seccompProfile is not said"
    if own.get("privileged"):
        yield f"{where}: privileged"
    if own.get("allowPrivilegeEscalation") is not False:
        yield f"{where}: allowPrivilegeEscalation is not false"
    if own.get("procMount", "Default") != "Default":
        yield f"{where}: procMount"
    capabilities = own.get("capabilities", {})
    if "ALL" not in capabilities.get("drop", []):
        yield f"{where}: capabilities are not dropped"
    if set(capabilities.get("add", [])) - {"NET_BIND_SERVICE"}:
        yield f"{where}: capabilities are added"
    for port in container.get("ports", []):
        if port.get("hostPort"):
            yield f"{where}: hostPort"
    probes = [container.get(p, {}) for p in
              ("livenessProbe", "readinessProbe", "startupProbe")]
    probes += container.get("lifecycle", {}).values()
    for probe in probes:
        if any(probe.get(kind, {}).get("host") for kind in
               ("httpGet", "tcpSocket")):
            yield f"{where}: a probe names a host"
