#include "witness/r1cs.hpp"

#include <array>
#include <stdexcept>

#include "system/secret.hpp"

namespace zkc {

void SparseMatrix::prepare() {
    scales.reserve(coefficients.size());
    for (const Fr& c : coefficients) scales.push_back(classify(c));
    if (LaneUnit::in_use != nullptr) lanes = LaneMatrix(*this);
}

void SparseMatrix::check(const std::string& name, std::size_t n_wires) const {
    if (row_start.empty() || row_start.front() != 0) {
        throw std::invalid_argument(name + ": indptr must start with 0");
    }
    for (std::size_t i = 0; i + 1 < row_start.size(); ++i) {
        if (row_start[i] > row_start[i + 1]) {
            throw std::invalid_argument(name + ": indptr must not decrease");
        }
    }
    if (row_start.back() != wires.size() || wires.size() != coefficients.size()) {
        throw std::invalid_argument(name + ": indptr, wires and coefficients disagree");
    }
    for (const std::uint32_t wire : wires) {
        if (wire >= n_wires) throw std::invalid_argument(name + ": wire index out of range");
    }
}

std::int64_t ConstraintSystem::first_unsatisfied(const Fr::Int* witness) const {
    if (LaneUnit::in_use == nullptr) {
        SecretVector<Fr> w(n_wires);
        for (std::size_t i = 0; i < n_wires; ++i) w[i] = Fr::from_canonical(witness[i]);
        return first_unsatisfied_naive(w.data());
    }
    std::array<LaneVector, 3> products;
    for (std::size_t k = 0; k < 3; ++k) {
        products[k] = LaneVector(n_constraints(), true);
        (k == 0 ? a : k == 1 ? b : c).lanes.times(witness, products[k]);
    }
    return LaneUnit::in_use->first_unequal(products[0].data(), products[1].data(),
                                           products[2].data(), (n_constraints() + 7) / 8);
}

std::int64_t ConstraintSystem::first_unsatisfied_naive(const Fr* w) const {
    for (std::size_t i = 0; i < n_constraints(); ++i) {
        if (!(a.row_times(i, w) * b.row_times(i, w) == c.row_times(i, w))) {
            return static_cast<std::int64_t>(i);
        }
    }
    return -1;
}

}  // namespace zkc
