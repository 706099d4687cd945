#pragma once
#include <iosfwd>
#include <CLI/CLI.hpp>
namespace observer { struct decode_options{}; inline void add_decode_options(CLI::App&, decode_options&){} inline int run_decode(const decode_options&, std::istream&, std::ostream&, std::ostream&){return 0;} }
