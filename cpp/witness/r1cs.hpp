// Rank-1 constraint systems: rows (A w) * (B w) = C w over sparse matrices.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "witness/lane_matrix.hpp"

namespace zkc {

/// Coefficients 1 and -1 are by far the most common and need no product.
enum class Scale : std::uint8_t { kGeneral, kOne, kMinusOne };

inline Scale classify(const Fr& value) {
    if (value == Fr::one()) return Scale::kOne;
    if (value == -Fr::one()) return Scale::kMinusOne;
    return Scale::kGeneral;
}

inline void add_scaled(Fr& sum, Scale scale, const Fr& coefficient, const Fr& value) {
    switch (scale) {
        case Scale::kOne:
            sum += value;
            return;
        case Scale::kMinusOne:
            sum -= value;
            return;
        case Scale::kGeneral:
            sum += coefficient * value;
    }
}

/// Compressed sparse rows.
struct SparseMatrix {
    std::vector<std::uint32_t> row_start;  // rows + 1
    std::vector<std::uint32_t> wires;
    std::vector<Fr> coefficients;
    std::vector<Scale> scales;
    LaneMatrix lanes;  // the same rows for the unit with vectors, if it is in use

    std::size_t rows() const { return row_start.size() - 1; }

    Fr row_times(std::size_t row, const Fr* w) const {
        Fr sum = Fr::zero();
        for (std::size_t k = row_start[row]; k < row_start[row + 1]; ++k) {
            add_scaled(sum, scales[k], coefficients[k], w[wires[k]]);
        }
        return sum;
    }

    /// Call this once the rows are complete and checked.
    void prepare();

    /// Throws std::invalid_argument unless the arrays describe rows over wires 0..n_wires-1.
    void check(const std::string& name, std::size_t n_wires) const;
};

struct ConstraintSystem {
    std::size_t n_wires;   // wire 0 is the constant one
    std::size_t n_public;  // wires 1..n_public are public
    SparseMatrix a, b, c;

    std::size_t n_constraints() const { return a.rows(); }

    /// Index of the first broken constraint, or -1; the witness is canonical.
    std::int64_t first_unsatisfied(const Fr::Int* witness) const;

    /// Row by row, with the witness as field elements.
    std::int64_t first_unsatisfied_naive(const Fr* w) const;
};

}  // namespace zkc
