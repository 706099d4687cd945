#pragma once

// A backup target whose n-th operation goes wrong in a way of its own; what does
// not go wrong is done by the one behind it.

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "actors/archive/backup_target.hpp"

namespace observer::test {

enum class target_fault {
  /// Says so, and has done nothing.
  refuses,
  /// Has done it, and says that it has not.
  denies,
  /// From then on nothing is answered.
  unreachable,
  /// Of a file that is put a half has its name; the rest is no more answered.
  dies_within,
  /// One byte of what is put, or got, is another one.
  corrupts,
  /// What was put, and acknowledged, is not there.
  loses,
  /// What is to be removed is still there.
  keeps,
};

class faulty_target : public backup_target {
 public:
  explicit faulty_target(backup_target& behind) : behind_(behind) {}

  void strike(target_fault how, uint64_t n) {
    how_ = how;
    left_ = n;
    struck_ = false;
    dead_ = false;
  }
  void mend() {
    left_ = 0;
    dead_ = false;
  }
  /// Whether it came to it.
  bool struck() const {
    return struck_;
  }
  /// Called before each operation.
  std::function<void()> before;

  std::string name() const override {
    return behind_.name();
  }
  std::string id() const override {
    return behind_.id();
  }
  std::vector<std::string> remarks() override {
    return behind_.remarks();
  }

  result<> prepare() override {
    return plainly([&] { return behind_.prepare(); });
  }

  result<> put(const std::string& name, uint64_t bytes,
               const bytes_source& from) override {
    if (!strikes())
      return dead_ ? no_answer() : behind_.put(name, bytes, from);
    std::string text;
    for (;;) {
      auto part = from();
      if (!part)
        return part.error();
      if (part->empty())
        break;
      text += *part;
    }
    switch (how_) {
      case target_fault::denies:
        static_cast<void>(put_text(name, text));
        return problem{"it was denied"};
      case target_fault::dies_within:
        dead_ = true;
        static_cast<void>(put_text(name, text.substr(0, text.size() / 2)));
        return no_answer();
      case target_fault::corrupts:
        text[text.size() / 2] ^= 1;
        return put_text(name, text);
      case target_fault::loses: {
        auto done = put_text(name, text);
        static_cast<void>(behind_.remove(name));
        return done;
      }
      case target_fault::keeps:
        return put_text(name, text);
      default:
        return refuse();
    }
  }

  result<> get(const std::string& name, const bytes_sink& to) override {
    if (!strikes())
      return dead_ ? no_answer() : behind_.get(name, to);
    if (how_ != target_fault::corrupts)
      return plainly_struck([&] { return behind_.get(name, to); });
    return behind_.get(name, [&](std::string_view bytes) {
      std::string other{bytes};
      other[other.size() / 3] ^= 4;
      return to(other);
    });
  }

  result<std::vector<stored_file>> list(const std::string& folder) override {
    if (dead_)
      return no_answer().error();
    if (!strikes())
      return behind_.list(folder);
    auto found = behind_.list(folder);
    if (how_ == target_fault::loses && found && !found->empty()) {
      found->pop_back();
      return found;
    }
    if (how_ == target_fault::corrupts || how_ == target_fault::keeps
        || how_ == target_fault::loses)
      return found;
    return refuse().error();
  }

  result<> remove(const std::string& name) override {
    if (dead_)
      return no_answer();
    if (!strikes())
      return behind_.remove(name);
    if (how_ == target_fault::keeps || how_ == target_fault::loses)
      return {};
    return plainly_struck([&] { return behind_.remove(name); });
  }

 private:
  bool strikes() {
    if (before)
      before();
    if (dead_ || left_ == 0 || --left_ > 0)
      return false;
    struck_ = true;
    dead_ = how_ == target_fault::unreachable;
    return true;
  }
  result<> no_answer() const {
    return problem{"no answer"};
  }
  result<> refuse() {
    return problem{"a fault of the test"};
  }
  template <class Do>
  result<> plainly(Do work) {
    if (!strikes())
      return dead_ ? no_answer() : work();
    return plainly_struck(work);
  }
  template <class Do>
  result<> plainly_struck(Do work) {
    switch (how_) {
      case target_fault::denies:
        static_cast<void>(work());
        return problem{"it was denied"};
      case target_fault::dies_within:
        dead_ = true;
        return no_answer();
      case target_fault::refuses:
      case target_fault::unreachable:
        return refuse();
      default:
        return work();
    }
  }
  result<> put_text(const std::string& name, const std::string& text) {
    auto given = text.empty();
    return behind_.put(name, text.size(), [&]() -> result<std::string> {
      return std::exchange(given, true) ? std::string{} : text;
    });
  }

  backup_target& behind_;
  target_fault how_ = target_fault::refuses;
  uint64_t left_ = 0;
  bool struck_ = false, dead_ = false;
};

} // namespace observer::test
