#include "runtime/doctor/settings_check.hpp"

#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "messages/outside_text.hpp"
#include "runtime/doctor/probe.hpp"
#include "runtime/settings/load.hpp"
#include "runtime/storage/volume.hpp"

namespace observer {

namespace {

/// 0, or the errno with which a listener is refused there.
int refusal_of_listening(const std::string& address, uint16_t port) {
  sockaddr_storage place{};
  auto four = reinterpret_cast<sockaddr_in*>(&place);
  auto six = reinterpret_cast<sockaddr_in6*>(&place);
  socklen_t size = sizeof *four;
  if (::inet_pton(AF_INET, address.c_str(), &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons(port);
  } else if (::inet_pton(AF_INET6, address.c_str(), &six->sin6_addr) == 1) {
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(port);
    size = sizeof *six;
  } else {
    return EINVAL;
  }
  auto fd = ::socket(place.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return errno;
  int yes = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  auto good = ::bind(fd, reinterpret_cast<sockaddr*>(&place), size) == 0
              && ::listen(fd, 1) == 0;
  auto code = good ? 0 : errno;
  ::close(fd);
  return code;
}

} // namespace

void describe_machine(check_report& out) {
  utsname u{};
  ::uname(&u);
  auto seen = look_at_volume("/");
  out.ok("machine", fmt::format("{} {} {}; {}", u.sysname, u.release, u.machine,
                                seen.container.empty()
                                  ? "no container"
                                  : "a container: " + seen.container));
}

void judge_settings(const config& c, check_report& out) {
  for (auto& warning : c.warnings)
    out.warn("settings", warning);
  if (auto good = check_recordable(c); !good)
    out.fail("settings", good.error().text);
  else
    out.ok("settings",
           fmt::format("{}; {} symbols of a {} account into {}",
                       c.file.empty() ? "no settings file"
                                      : fmt::format("file {}", c.file),
                       c.feed.symbols.size(),
                       c.kis.is_virtual ? "paper" : "real", c.data.dir));
}

void check_service(const config& c, std::chrono::milliseconds deadline,
                   check_report& out) {
  auto where = service_of(c.service);
  if (!where)
    return out.skip("service", where.error().text);
  auto place = fmt::format("{}:{}", c.service.address, c.service.port);
  auto code = refusal_of_listening(c.service.address,
                                   static_cast<uint16_t>(c.service.port));
  if (code == 0)
    return out.ok("service", fmt::format("{} is free: no observer runs here",
                                         place));
  if (code != EADDRINUSE)
    return out.fail("service",
                    fmt::format("{} cannot be served: {}; {}", place,
                                std::strerror(code),
                                code == EACCES
                                  ? "a port below 1024 wants root: take a higher "
                                    "one (SERVICE_PORT)"
                                  : "is it an address of this machine? "
                                    "(OBSERVER_SERVICE_ADDRESS)"));
  auto seen = probe(*where, probe_question::ready, deadline);
  switch (seen.verdict) {
    case probe_verdict::well:
      return out.ok("service", fmt::format("an observer serves {}: {}", place,
                                           seen.text));
    case probe_verdict::unwell:
      return out.fail("service", fmt::format("an observer serves {}: {}", place,
                                             seen.text));
    case probe_verdict::no_contact:
      return out.fail("service", fmt::format("{} is taken: {}; end that program, "
                                             "or take another port "
                                             "(SERVICE_PORT)",
                                             place, seen.text));
  }
}

} // namespace observer
