// Verification of many proofs, between numpy and the kernel.
#pragma once

#include "bindings/arrays.hpp"
#include "groth16/groth16.hpp"

namespace zkc::py {

/// Indices, ascending, of the proofs that do not hold. Rows that encode no points of the curves, or
/// inputs that are not canonical, count as proofs that do not hold.
Out verify_many(const VerifyingKey& key, nb::handle a, nb::handle b, nb::handle c,
                    nb::handle public_inputs, unsigned threads, bool naive);

}  // namespace zkc::py
