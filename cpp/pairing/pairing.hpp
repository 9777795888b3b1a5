// Optimal ate pairing on BN254 (Vercauteren, "Optimal pairings", 2010): the Miller loop runs over
// 6x + 2 in signed binary and ends with two Frobenius lines; the final exponentiation is exactly
// (q^12 - 1) / r, so values agree with py_ecc's and the EVM's definition.
#pragma once

#include <vector>

#include "curve/subgroup.hpp"

namespace zkc {

/// Signed binary digits (non-adjacent form) of 6x + 2, least significant first.
const std::vector<int>& loop_digits();

/// A line through points of the twist, to be evaluated at P: c0 y_P + c3 x_P w + c4 w^3.
struct Line {
    Fq2 c0, c3, c4;
};

/// All lines of one loop, in order; empty for infinity.
using Lines = std::vector<Line>;

/// Lines for a point of the subgroup. A fixed point needs this only once.
Lines prepare_lines(const Affine<G2>& q);

/// A line divided by its c0, which is not zero: 1 + c3 x_P / y_P w + c4 / y_P w^3. The pairing does not
/// see the factor, because it lies in a smaller field.
struct UnitLine {
    Fq2 c3, c4;
};

using UnitLines = std::vector<UnitLine>;

/// Like prepare_lines, for a fixed point of the subgroup. None of its lines is vertical.
UnitLines prepare_unit_lines(const Affine<G2>& q);

/// Lines for a point of the curve. Returns whether the point is in the subgroup, which the end of
/// the loop tells at no cost (miller_batch.hpp says why). The lines of a point outside mean
/// nothing.
bool prepare_member_lines(const Affine<G2>& q, Lines& out);

struct PairingTerm {
    Affine<G1> p;
    const Lines* lines;
};

struct UnitTerm {
    Affine<G1> p;
    const UnitLines* lines;
};

/// Product of the Miller functions; terms with a point at infinity count as one. The final
/// exponentiation removes the factors by which unit lines differ.
Fq12 miller_loop(const std::vector<PairingTerm>& terms,
                 const std::vector<UnitTerm>& unit_terms = {});

/// f^((q^12 - 1) / r).
Fq12 final_exponentiation(const Fq12& f);

/// Slow twin of final_exponentiation: plain powers, no cyclotomic structure.
Fq12 final_exponentiation_naive(const Fq12& f);

}  // namespace zkc
