#pragma once

// Backups in a folder or a mount.
//
// What it proves. A mount that is not mounted is a folder as well, and what is
// written there lands on the disk that it should be a copy of. So a target has a
// marker `.observer-backup` with an id, and the data directory remembers that id
// by the target's name (DATA/state/backups/targets): where the marker is missing
// or another one, the target is refused in words. The first time, an empty folder
// is taken, loudly; another one, or a new disk in the place of an old one, only
// when `may_begin` says so (`observer backup --init`). A folder that is not there
// is never made.
//
// Files are written under a temporary name, synced, and renamed. They are read
// back from the disk: what the cache has of them is dropped before.

#include <string>
#include <vector>

#include "actors/archive/backup_target.hpp"
#include "actors/journal/file_system.hpp"

namespace observer {

struct folder_target_options {
  /// Absolute, without links, and neither the data directory nor in it.
  std::string folder;
  std::string data_dir;
  /// Take it as a new target, whatever it was.
  bool may_begin = false;
  /// Reads for a restore or a check: nothing is remembered nor begun.
  bool reads_only = false;
  /// Of a new target; must be random.
  std::string new_id;
};

class folder_target : public backup_target {
 public:
  /// `fs` has both the folder and the data directory, and outlives this.
  folder_target(file_system& fs, folder_target_options options)
    : folder_target(fs, fs, std::move(options)) {}
  /// The same where the data directory is another machine's, for tests.
  folder_target(file_system& fs, file_system& data_fs,
                folder_target_options options);

  std::string name() const override;
  std::string id() const override {
    return id_;
  }
  result<std::string> known_id() const override {
    return remembered();
  }
  result<> prepare() override;
  std::vector<std::string> remarks() override;
  result<> put(const std::string& name, uint64_t bytes,
               const bytes_source& from) override;
  result<> get(const std::string& name, const bytes_sink& to) override;
  result<std::vector<stored_file>> list(const std::string& folder) override;
  result<> remove(const std::string& name) override;

 private:
  /// The id of the marker that is there; empty if there is none.
  result<std::string> marker() const;
  /// That the data directory remembers; empty if none.
  result<std::string> remembered() const;
  result<> begin();
  result<> remember();
  result<bool> is_empty() const;
  result<> list_below(const std::string& folder, const std::string& shown,
                      int levels, std::vector<stored_file>& out) const;
  std::string path_of(const std::string& name) const;
  std::string memory_directory() const;
  std::string memory_name() const;

  file_system& fs_;
  file_system& data_fs_;
  folder_target_options options_;
  std::string id_;
  std::vector<std::string> remarks_;
};

inline constexpr std::string_view folder_marker_name = ".observer-backup";

} // namespace observer
