#pragma once

// What every test file includes: CAF's test framework with its traps disarmed.
// A test file starts with `#define CAF_SUITE <path_with_underscores>`.

#include <caf/all.hpp>
#include <caf/test/unit_test.hpp>
// The fixture's request<T>() does not compile without it.
#define FAIL CAF_FAIL
#include <caf/test/dsl.hpp>
