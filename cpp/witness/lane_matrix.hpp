// Sparse matrices for units with vectors.
#pragma once

#include <vector>

#include "transform/lane_vector.hpp"

namespace zkc {

struct SparseMatrix;

/// Rows sorted by length, eight to a slice; each distinct coefficient is kept once.
class LaneMatrix {
   public:
    LaneMatrix() = default;

    explicit LaneMatrix(const SparseMatrix& m);

    /// Writes the rows times the witness to `out`, as plain integers mod r. The witness is
    /// canonical; `out` must be zero before.
    void times(const Fr::Int* witness, LaneVector& out) const;

   private:
    /// Fills constants_, which begins with zero; returns the number of each coefficient's constant.
    std::vector<std::uint32_t> number_constants(const std::vector<Fr>& values);

    std::size_t n_rows_ = 0;
    std::vector<std::uint32_t> rows_, starts_, wires_, coefficients_;
    std::vector<Fr::Int> constants_;
};

}  // namespace zkc
