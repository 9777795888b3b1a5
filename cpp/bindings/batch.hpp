// Verification of many proofs, between numpy and the kernel.
#pragma once

#include "bindings/arrays.hpp"
#include "groth16/groth16.hpp"

namespace zkc::py {

/// The indices, in ascending order, of the proofs that do not hold. A proof whose rows do not
/// encode points of the curves, or whose inputs are not canonical, does not hold.
Out verify_many(const VerifyingKey& key, nb::handle a, nb::handle b, nb::handle c,
                    nb::handle public_inputs, unsigned threads, bool naive);

}  // namespace zkc::py
