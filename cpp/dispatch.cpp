#include "dispatch.hpp"

#include <array>
#include <cstdlib>
#include <stdexcept>
#include <string>

namespace zkc::dispatch {

namespace {

constexpr std::array<std::string_view, 1> kUnits = {"portable"};

std::string_view choose() {
    const char* forced = std::getenv("ZKCREDIT_KERNEL");
    if (forced == nullptr || *forced == '\0') return kUnits.front();
    for (const std::string_view unit : kUnits) {
        if (unit == forced) return unit;
    }
    throw std::runtime_error("ZKCREDIT_KERNEL=" + std::string(forced) +
                             " is not built in; use portable");
}

}  // namespace

std::string_view name() {
    static const std::string_view chosen = choose();
    return chosen;
}

}  // namespace zkc::dispatch
