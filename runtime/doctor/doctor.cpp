#include "runtime/doctor/doctor.hpp"

#include <utility>

#include "runtime/doctor/backup_check.hpp"
#include "runtime/doctor/disk_check.hpp"
#include "runtime/doctor/limits_check.hpp"
#include "runtime/doctor/network_check.hpp"
#include "runtime/doctor/settings_check.hpp"
#include "runtime/settings/load.hpp"

namespace observer {

std::vector<doctor_check> checks_of(std::shared_ptr<const config> c,
                                    const doctor_wishes& wishes) {
  using std::chrono::milliseconds;
  // A name that is asked of silent servers takes 20 s and more.
  constexpr milliseconds of_network{15'000}, of_disk{10'000}, of_probe{3'000};
  std::vector<doctor_check> out;
  auto add = [&](const char* name, milliseconds deadline, auto look) {
    out.push_back({name, std::move(look), deadline});
  };
  add("machine", of_disk, [](auto& r) { describe_machine(r); });
  if (c)
    add("settings", of_disk, [c](auto& r) { judge_settings(*c, r); });
  auto usual = c ? c : std::make_shared<const config>(load_config({}).value());
  add("limits", of_disk,
      [usual](auto& r) { judge_limits(look_at_limits(), *usual, r); });
  add("time", of_disk, [](auto& r) { check_synchronisation(r); });
  if (!c)
    return out;
  // What is mended is looked at afterwards, by the same check.
  add("volume", of_disk, [c, fix = wishes.fix](auto& r) {
    if (fix)
      mend_directory(*c, r);
    check_volume(*c, r);
    check_disk(*c, r);
  });
  add("backup", of_disk, [c](auto& r) { check_backup(*c, r); });
  add("service", of_disk, [c](auto& r) { check_service(*c, of_probe, r); });
  if (wishes.offline)
    return out;
  add("rest", of_network + of_network,
      [c](auto& r) { check_rest(*c, true, r); });
  add("stream", of_network, [c](auto& r) { check_stream(*c, r); });
  return out;
}

} // namespace observer
