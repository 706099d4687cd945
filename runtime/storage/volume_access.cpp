// What forbids a directory to this process, and what lifts it.

#include <cerrno>

#include <fmt/format.h>

#include "messages/outside_text.hpp"
#include "runtime/storage/volume.hpp"

namespace observer {

namespace {

/// What the kernel shows of owners that a user namespace does not have.
constexpr uint32_t overflow_id = 65534;

/// A folder there as the machine under a container calls it, where that is known
/// and another one.
std::string place_of_host(const volume_facts& seen, const std::string& folder) {
  if (seen.container.empty() || !seen.mount || !seen.is_mounted()
      || seen.mount->root == "/")
    return {};
  auto below = folder.size() > seen.mount->point.size()
                 ? folder.substr(seen.mount->point.size())
                 : std::string{};
  return seen.mount->root + below;
}

std::string place_of_host(const volume_facts& seen) {
  return place_of_host(seen, seen.nearest);
}

bool is_mapped(const process_identity& who) {
  auto uid = outside_id(who.uids, who.uid);
  return !uid || *uid != who.uid;
}

/// Of a folder that is not there, or that cannot be seen.
std::string missing_advice(const volume_facts& seen) {
  auto& who = seen.self;
  if (!may_pass(who, seen.uid, seen.gid, seen.mode))
    return fmt::format("let it pass through {} (chmod o+x, or chown)",
                       shell_word(seen.nearest));
  if (seen.on_root && !seen.container.empty())
    return fmt::format("mount a volume at {} that belongs to {}:{}",
                       shell_word(seen.path), who.uid, who.gid);
  return fmt::format("as root: install -d -o {} -g {} -m 0750 {}", who.uid,
                     who.gid, shell_word(seen.path));
}

std::string owner_advice(const volume_facts& seen) {
  auto& who = seen.self;
  if (!seen.exists)
    return missing_advice(seen);
  if (seen.uid == who.uid)
    return fmt::format("chmod u+rwx {}", shell_word(seen.nearest));
  auto out = chown_advice(seen, seen.nearest);
  if (seen.uid == overflow_id && is_mapped(who))
    return out + "; its owner is none of this user namespace";
  out += fmt::format(", or run as its owner ({}--user {}:{})",
                     seen.container.empty() ? "systemd: User=, container: " : "",
                     seen.uid, seen.gid);
  if (seen.container.starts_with(kubernetes_sign))
    return out + fmt::format("; in Kubernetes securityContext.fsGroup: {} does it",
                             who.gid);
  if (seen.uid == 0 && !seen.container.empty())
    out += "; a folder that Docker made itself, because the host had none, is "
           "root's";
  return out;
}

} // namespace

std::string chown_advice(const volume_facts& seen, const std::string& folder) {
  auto& who = seen.self;
  auto place = place_of_host(seen, folder);
  auto uid = outside_id(who.uids, who.uid), gid = outside_id(who.gids, who.gid);
  auto where = shell_word(place.empty() ? folder : place);
  if (!seen.container.empty() && is_mapped(who) && uid && gid)
    return fmt::format("chown -R {}:{} {} on the host, where uid {} of this "
                       "container is {} (its user namespace)",
                       *uid, *gid, where, who.uid, *uid);
  return fmt::format("chown -R {}:{} {}{}", who.uid, who.gid, where,
                     seen.container.empty() ? "" : " on the host");
}

std::string access_advice(const volume_facts& seen, int code) {
  auto& who = seen.self;
  if (code == EROFS) {
    if (!seen.container.empty() && seen.on_root)
      return fmt::format("the container's own file system is read-only, and no "
                         "volume is mounted there: mount one (docker run -v "
                         "observer-data:{}, a volumeMount in Kubernetes)",
                         shell_word(seen.path));
    return fmt::format("mount it so that it can be written: {} is read-only{}",
                       volume_words(seen),
                       seen.container.empty()
                         ? ""
                         : " (`:ro` behind the volume, or readOnly in the pod)");
  }
  if (!may_write(who, seen.uid, seen.gid, seen.mode)) {
    auto out = owner_advice(seen);
    if (who.uid == 0)
      out += "; root without CAP_DAC_OVERRIDE is as any other user";
    return out;
  }
  if (kind_of_type(seen.type) == volume_kind::network && who.uid == 0)
    return "the server gives root of this machine no rights (root_squash): run "
           "as the owner of the folder there, or export it with no_root_squash";
  if (!seen.own_label.empty() && !seen.label.empty())
    return fmt::format(
      "owner and mode would let it write; the security labels do not: this "
      "process is {}, the folder {}: mount it with `:Z` behind the volume "
      "(`:z` where containers share it), or chcon -Rt container_file_t {}",
      outside_value(seen.own_label), outside_value(seen.label),
      shell_word(place_of_host(seen).empty() ? seen.nearest
                                             : place_of_host(seen)));
  if (is_mapped(who) && (seen.uid == overflow_id || seen.gid == overflow_id))
    return fmt::format("the folder belongs to nobody of this user namespace: {}",
                       chown_advice(seen, seen.nearest));
  if (!seen.closed_folders.empty())
    return fmt::format("what lies in it belongs to another user: {}",
                       chown_advice(seen, seen.nearest));
  return "owner and mode would let it write: something else forbids it (an ACL: "
         "getfacl; chattr +i: lsattr; AppArmor, SELinux: the kernel's log; the "
         "rights that a server gives)";
}

} // namespace observer
