#include "dispatch/dispatch.hpp"

#include <array>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "avx2/unit.hpp"
#include "field/adx.hpp"
#include "ifma/unit.hpp"
#include "msm/packed.hpp"
#include "msm/scalar_adder.hpp"
#include "transform/lane_vector.hpp"

namespace zkc::dispatch {

namespace {

struct Unit {
    std::string_view name;
    bool (*runs)(const Processor&);
    const lanes::Unit* vectors;  // or null
};

#ifdef ZKC_BUILD_IFMA
constexpr bool kHasIfma = true;
constexpr const lanes::Unit* kIfma = &ifma::kUnit;
#else
constexpr bool kHasIfma = false;
constexpr const lanes::Unit* kIfma = nullptr;
#endif
#ifdef ZKC_BUILD_AVX2
constexpr bool kHasAvx2 = true;
constexpr const lanes::Unit* kAvx2 = &avx2::kUnit;
#else
constexpr bool kHasAvx2 = false;
constexpr const lanes::Unit* kAvx2 = nullptr;
#endif

/// In order of preference. Without ADX, the avx2 unit's single products are the portable ones; the
/// ifma unit requires ADX.
constexpr std::array<Unit, 4> kUnits = {{
    {"ifma", [](const Processor& p) { return kHasIfma && p.has_ifma(); }, kIfma},
    {"avx2", [](const Processor& p) { return kHasAvx2 && p.has_avx2(); }, kAvx2},
    {"adx", [](const Processor& p) { return p.has_adx(); }, nullptr},
    {"portable", [](const Processor&) { return true; }, nullptr},
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
        const Processor processor = this_processor();
        const Unit& chosen = choose(std::getenv("ZKCREDIT_KERNEL"), processor);
        const bool adx = chosen.name != "portable" && processor.has_adx();
        Fq::product = adx ? adx::multiply_fq : Fq::multiply_portable;
        Fr::product = adx ? adx::multiply_fr : Fr::multiply_portable;
        if (const lanes::Unit* vectors = chosen.vectors; vectors != nullptr) {
            packed::for_vectors = true;
            packed::Adders<G1>::add = vectors->add_g1;
            packed::Adders<G1>::twice = vectors->double_g1;
            packed::Adders<G2>::add = vectors->add_g2;
            packed::Adders<G2>::twice = vectors->double_g2;
            LaneUnit::in_use = vectors;
        } else {
            packed::Adders<G1>::add = scalar::add<G1>;
            packed::Adders<G1>::twice = scalar::twice<G1>;
            packed::Adders<G2>::add = scalar::add<G2>;
            packed::Adders<G2>::twice = scalar::twice<G2>;
        }
        return chosen;
    }();
    return unit.name;
}

std::vector<std::string> available() {
    const Processor processor = this_processor();
    std::vector<std::string> out;
    for (const Unit& unit : kUnits) {
        if (unit.runs(processor)) out.emplace_back(unit.name);
    }
    return out;
}

std::string_view choice(const char* forced, const Processor& processor) {
    return choose(forced, processor).name;
}

}  // namespace zkc::dispatch
