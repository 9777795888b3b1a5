#include "dispatch/dispatch.hpp"

#include <array>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "field/adx.hpp"
#include "msm/packed.hpp"
#include "transform/lane_vector.hpp"

namespace zkc::dispatch {

namespace {

struct Unit {
    std::string_view name;
    bool (*runs)(const Processor&);
    Fq::Product fq;
    Fr::Product fr;
    packed::Adder add_g1, double_g1, add_g2, double_g2;
    const LaneUnit* lanes;
};

#ifdef ZKC_BUILD_IFMA
constexpr packed::Adder kAddG1 = ifma::add_g1, kDoubleG1 = ifma::double_g1;
constexpr packed::Adder kAddG2 = ifma::add_g2, kDoubleG2 = ifma::double_g2;
constexpr LaneUnit kLanes = {ifma::multiply_rows,   ifma::to_odd_coset,
                             ifma::multiply_vectors, ifma::quotient_rows,
                             ifma::first_unequal,   ifma::multiply_words_q,
                             ifma::multiply_words_r};
constexpr const LaneUnit* kLaneUnit = &kLanes;
constexpr bool kWithLanes = true;
#else
constexpr const LaneUnit* kLaneUnit = nullptr;
constexpr bool kWithLanes = false;
constexpr packed::Adder kAddG1 = nullptr, kDoubleG1 = nullptr;
constexpr packed::Adder kAddG2 = nullptr, kDoubleG2 = nullptr;
#endif

/// In order of preference. The ifma unit uses adx's single products, so it requires ADX.
constexpr std::array<Unit, 3> kUnits = {{
    {"ifma", [](const Processor& p) { return kWithLanes && p.has_ifma(); },
     adx::multiply_fq, adx::multiply_fr, kAddG1, kDoubleG1, kAddG2, kDoubleG2, kLaneUnit},
    {"adx", [](const Processor& p) { return p.has_adx(); }, adx::multiply_fq, adx::multiply_fr,
     nullptr, nullptr, nullptr, nullptr, nullptr},
    {"portable", [](const Processor&) { return true; }, Fq::multiply_portable,
     Fr::multiply_portable, nullptr, nullptr, nullptr, nullptr, nullptr},
}};

/// The names of all units, or of those that this processor runs.
std::string names(const Processor* processor) {
    std::string out;
    for (const Unit& unit : kUnits) {
        if (processor != nullptr && !unit.runs(*processor)) continue;
        out += (out.empty() ? "" : ", ") + std::string(unit.name);
    }
    return out;
}

const Unit& choose(const char* forced, const Processor& processor) {
    const bool free_choice = forced == nullptr || *forced == '\0';
    bool known = false;
    for (const Unit& unit : kUnits) {
        if (!free_choice && unit.name != forced) continue;
        known = true;
        if (unit.runs(processor)) return unit;
    }
    throw std::runtime_error(
        "ZKCREDIT_KERNEL=" + std::string(forced) +
        (known ? " does not run on this processor" : " is not a unit of the kernel") + ": units are " +
        names(nullptr) + "; this processor runs " + names(&processor) +
        "; name one of these, or unset the variable to take the first");
}

}  // namespace

std::string_view activate() {
    static const Unit& unit = [] () -> const Unit& {
        const Unit& chosen = choose(std::getenv("ZKCREDIT_KERNEL"), this_processor());
        Fq::product = chosen.fq;
        Fr::product = chosen.fr;
        packed::Adders<G1>::add = chosen.add_g1;
        packed::Adders<G1>::twice = chosen.double_g1;
        packed::Adders<G2>::add = chosen.add_g2;
        packed::Adders<G2>::twice = chosen.double_g2;
        LaneUnit::in_use = chosen.lanes;
        return chosen;
    }();
    return unit.name;
}

std::string_view choice(const char* forced, const Processor& processor) {
    return choose(forced, processor).name;
}

}  // namespace zkc::dispatch
