#pragma once

// A directory of its own for a test, gone afterwards.

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace observer::test {

class temporary_directory {
 public:
  temporary_directory() {
    auto pattern = std::filesystem::temp_directory_path() / "observer-XXXXXX";
    path_ = pattern.string();
    if (::mkdtemp(path_.data()) == nullptr)
      throw std::runtime_error{"no temporary directory " + path_};
  }
  ~temporary_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;

  const std::string& path() const {
    return path_;
  }
  std::string operator/(const std::string& name) const {
    return path_ + "/" + name;
  }

 private:
  std::string path_;
};

} // namespace observer::test
