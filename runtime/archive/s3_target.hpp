#pragma once

// Backups in S3 or what is compatible with it, `s3://bucket/prefix`, through
// rclone as a child process. What it needs of an account is in its environment
// alone: its command line is visible to all users. No file of its own is read.

#include <chrono>
#include <string>

#include "actors/archive/backup_target.hpp"
#include "messages/secret.hpp"
#include "runtime/archive/child_process.hpp"

namespace observer {

struct s3_settings {
  /// `bucket/prefix`, or `bucket`.
  std::string place;
  /// Empty: that of Amazon.
  std::string endpoint, region;
  secret key_id, secret_key;
  std::chrono::milliseconds patience{300'000};
};

/// A problem if the place is none: says how to write it.
result<> check_s3_place(const std::string& place);

class s3_target : public backup_target {
 public:
  explicit s3_target(s3_settings settings) : settings_(std::move(settings)) {}

  std::string name() const override {
    return "s3://" + settings_.place;
  }
  std::string id() const override {
    return name() + (settings_.endpoint.empty() ? "" : " at " + settings_.endpoint);
  }
  result<> prepare() override;
  result<> put(const std::string& name, uint64_t bytes,
               const bytes_source& from) override;
  result<> get(const std::string& name, const bytes_sink& to) override;
  result<std::vector<stored_file>> list(const std::string& folder) override;
  result<> remove(const std::string& name) override;

 private:
  child_job job(const std::string& verb, const std::string& name,
                std::vector<std::string> more = {}) const;
  result<int> run(const child_job& job, const std::string& name) const;
  result<bool> has(const std::string& name);

  s3_settings settings_;
  bool found_ = false;
};

} // namespace observer
