// The functions of a unit, over its vector type V.
#pragma once

#include "lanes/points.hpp"
#include "lanes/vectors.hpp"

namespace zkc::lanes {
namespace {

template <class F, bool Double>
void add(AddRequest& request) {
    Batch<F, Double>(request).run();
}

template <class V>
constexpr Unit functions() {
    using Functions = Vectors<V>;
    return {.add_g1 = add<Base<V>, false>,
            .add_g2 = add<Quadratic<V>, false>,
            .double_g1 = add<Base<V>, true>,
            .double_g2 = add<Quadratic<V>, true>,
            .multiply_rows = Functions::multiply_rows,
            .to_odd_coset = Functions::to_odd_coset,
            .multiply_vectors = Functions::multiply_vectors,
            .quotient_rows = Functions::quotient_rows,
            .first_unequal = Functions::first_unequal,
            .multiply_words_q = Functions::template multiply_words<QModulus>,
            .multiply_words_r = Functions::template multiply_words<RModulus>};
}

}  // namespace
}  // namespace zkc::lanes
