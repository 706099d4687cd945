#pragma once

// A value, or the problem that kept us from having one. Errors that a person
// reads (settings, files, start-up) travel as values of this type; errors that
// travel in messages between actors are caf::error.
//
// Not boost::system::result: since C++20 an aggregate is constructible from
// its member, so Boost cannot tell a string value from a problem's text.

#include <concepts>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

namespace observer {

/// What went wrong, in one line: what, where, with which value, what to do.
struct problem {
  std::string text;
};

/// `result<int> x = 3;` or `= problem{"…"}`. `if (!x) use(x.error().text);`
/// else `*x`, `x->`. Only a `problem` makes a failure; every other type makes
/// a value. From a temporary result all come by value, so none dangles.
template <class T = void>
class [[nodiscard]] result {
public:
  template <class U = T>
    requires std::convertible_to<U, T>
  result(U&& value) : v_{std::in_place_index<0>, std::forward<U>(value)} {
  }
  result(problem p) : v_{std::in_place_index<1>, std::move(p)} {
  }

  explicit operator bool() const {
    return v_.index() == 0;
  }
  bool has_value() const {
    return v_.index() == 0;
  }

  /// Throws std::runtime_error with the problem's text when there is no value:
  /// check first, except in tests.
  T& value() & {
    check();
    return *std::get_if<0>(&v_);
  }
  const T& value() const& {
    check();
    return *std::get_if<0>(&v_);
  }
  T value() && {
    check();
    return std::move(*std::get_if<0>(&v_));
  }
  T& operator*() & {
    return value();
  }
  const T& operator*() const& {
    return value();
  }
  T operator*() && {
    return std::move(*this).value();
  }
  T* operator->() {
    return &value();
  }
  const T* operator->() const {
    return &value();
  }

  /// Requires a problem: throws std::bad_variant_access otherwise.
  const problem& error() const& {
    return std::get<1>(v_);
  }
  problem error() && {
    return std::get<1>(std::move(v_));
  }

private:
  void check() const {
    if (auto p = std::get_if<1>(&v_))
      throw std::runtime_error{p->text};
  }

  std::variant<T, problem> v_;
};

/// Success (`return {};`) or a problem.
template <>
class [[nodiscard]] result<void> : public result<std::monostate> {
public:
  result() : result<std::monostate>{std::monostate{}} {
  }
  result(problem p) : result<std::monostate>{std::move(p)} {
  }
};

} // namespace observer
