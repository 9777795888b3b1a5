// R1cs and Tape as Python sees them.
#pragma once

#include "bindings/arrays.hpp"
#include "system/secret.hpp"
#include "witness/r1cs.hpp"

namespace zkc::py {

/// Checks a witness (n_wires, 4): canonical, wire 0 is one.
SecretVector<Fr::Int> load_witness(const View<u64>& witness, std::size_t n_wires);

/// Throws unless all values are canonical and wire 0 is one.
void require_witness(const SecretVector<Fr::Int>& values);

}  // namespace zkc::py
