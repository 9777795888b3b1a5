#include "dispatch.hpp"

#include <array>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "field_adx.hpp"

namespace zkc::dispatch {

namespace {

struct Unit {
    std::string_view name;
    bool (*available)();
    Fq::Product fq;
    Fr::Product fr;
};

/// In order of preference.
constexpr std::array<Unit, 2> kUnits = {{
    {"adx", adx::available, adx::multiply_fq, adx::multiply_fr},
    {"portable", [] { return true; }, Fq::multiply_portable, Fr::multiply_portable},
}};

const Unit& choose() {
    const char* forced = std::getenv("ZKCREDIT_KERNEL");
    const bool free_choice = forced == nullptr || *forced == '\0';
    for (const Unit& unit : kUnits) {
        if (!free_choice && unit.name != forced) continue;
        if (unit.available()) return unit;
        if (!free_choice) {
            throw std::runtime_error("ZKCREDIT_KERNEL=" + std::string(forced) +
                                     " does not run on this processor");
        }
    }
    throw std::runtime_error("ZKCREDIT_KERNEL=" + std::string(forced) +
                             " is not built in; use adx or portable");
}

}  // namespace

std::string_view activate() {
    static const Unit& unit = [] () -> const Unit& {
        const Unit& chosen = choose();
        Fq::product = chosen.fq;
        Fr::product = chosen.fr;
        return chosen;
    }();
    return unit.name;
}

}  // namespace zkc::dispatch
