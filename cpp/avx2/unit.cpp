// The floating-point mode around the AVX2 unit's workers.
//
// A compiler neither orders floating-point operations after the instruction that sets MXCSR nor
// keeps them before the one that restores it. So the operations are in workers.cpp, another file,
// and are called through a table: nothing here computes with floating-point numbers.
#include "avx2/unit.hpp"

#include <xmmintrin.h>

namespace zkc::avx2 {

namespace {

/// MXCSR with rounding towards zero, denormals as they are and no exception that traps; the former
/// state, flags included, on every way out.
class Mode {
   public:
    Mode() : before_(_mm_getcsr()) { _mm_setcsr(kTowardsZero | kNoTraps); }
    ~Mode() { _mm_setcsr(before_); }
    Mode(const Mode&) = delete;
    Mode& operator=(const Mode&) = delete;

   private:
    static constexpr unsigned kTowardsZero = 3u << 13, kNoTraps = 0x3fu << 7;
    unsigned before_;
};

template <auto Worker>
struct InMode;
template <class Result, class... Arguments, Result (*lanes::Unit::*Worker)(Arguments...)>
struct InMode<Worker> {
    static Result call(Arguments... arguments) {
        const Mode mode;
        return (kWorkers.*Worker)(arguments...);
    }
};

template <auto Worker>
constexpr auto in_mode = InMode<Worker>::call;

}  // namespace

using lanes::Unit;
constinit const Unit kUnit = {.add_g1 = in_mode<&Unit::add_g1>,
                              .add_g2 = in_mode<&Unit::add_g2>,
                              .double_g1 = in_mode<&Unit::double_g1>,
                              .double_g2 = in_mode<&Unit::double_g2>,
                              .multiply_rows = in_mode<&Unit::multiply_rows>,
                              .to_odd_coset = in_mode<&Unit::to_odd_coset>,
                              .multiply_vectors = in_mode<&Unit::multiply_vectors>,
                              .quotient_rows = in_mode<&Unit::quotient_rows>,
                              .first_unequal = in_mode<&Unit::first_unequal>,
                              .multiply_words_q = in_mode<&Unit::multiply_words_q>,
                              .multiply_words_r = in_mode<&Unit::multiply_words_r>};

}  // namespace zkc::avx2
