#pragma once

// For actors whose function takes nothing but its own pointer. CAF 0.17.6 keeps
// the arguments of a spawn in a shared tuple, makes none where there are none,
// and dereferences it all the same (init_fun_factory.hpp:85), which libstdc++'s
// assertions end the program for. So these get one that they do not see. Our own
// actors all take a config.

#include <utility>

#include <caf/detail/type_traits.hpp>
#include <caf/unit.hpp>

namespace observer::test {

/// What `spawner.spawn(function)` does.
template <class Spawner, class Function>
auto spawn_bare(Spawner& spawner, Function function) {
  using traits = typename caf::detail::get_callable_trait<Function>::type;
  using self_pointer = caf::detail::tl_head_t<typename traits::arg_types>;
  return spawner.spawn(
    [f = std::move(function)](self_pointer self, caf::unit_t) mutable {
      return f(self);
    },
    caf::unit);
}

} // namespace observer::test
