#include "witness/lane_matrix.hpp"

#include <algorithm>
#include <numeric>

#include "witness/r1cs.hpp"

namespace zkc {

LaneMatrix::LaneMatrix(const SparseMatrix& m) : n_rows_(m.rows()) {
    std::vector<std::uint32_t> order(m.rows());
    std::iota(order.begin(), order.end(), 0u);
    const auto length = [&m](std::uint32_t row) {
        return m.row_start[row + 1] - m.row_start[row];
    };
    std::erase_if(order, [&](std::uint32_t row) { return length(row) == 0; });
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return length(a) < length(b); });
    const std::vector<std::uint32_t> which = number_constants(m.coefficients);
    starts_.push_back(0);
    for (std::size_t from = 0; from < order.size(); from += 8) {
        const std::size_t count = std::min<std::size_t>(8, order.size() - from);
        const std::size_t steps = length(order[from + count - 1]);
        for (std::size_t k = 0; k < 8; ++k) {
            rows_.push_back(k < count ? order[from + k] : static_cast<std::uint32_t>(n_rows_));
        }
        for (std::size_t step = 0; step < steps; ++step) {
            for (std::size_t k = 0; k < 8; ++k) {
                const bool some = k < count && step < length(order[from + k]);
                const std::size_t at = some ? m.row_start[order[from + k]] + step : 0;
                wires_.push_back(some ? m.wires[at] : 0);
                coefficients_.push_back(some ? which[at] : 0);
            }
        }
        starts_.push_back(static_cast<std::uint32_t>(wires_.size() / 8));
    }
}

void LaneMatrix::times(const Fr::Int* witness, LaneVector& out) const {
    const lanes::RowMatrix view{rows_.size() / 8,
                               rows_.data(),
                               starts_.data(),
                               wires_.data(),
                               coefficients_.data(),
                               reinterpret_cast<const unsigned char*>(constants_.data()),
                               n_rows_};
    LaneUnit::in_use->multiply_rows(view, reinterpret_cast<const unsigned char*>(witness),
                                    out.data());
}

std::vector<std::uint32_t> LaneMatrix::number_constants(const std::vector<Fr>& values) {
    constants_.push_back(Fr::Int{});
    std::size_t size = 16;
    while (size < 2 * values.size()) size *= 2;
    std::vector<std::uint32_t> table(size);  // open addressing; 0 marks a free place
    std::vector<std::uint32_t> out;
    out.reserve(values.size());
    for (const Fr& value : values) {
        const Fr::Int v = times_2_to_260(value);
        std::size_t at = ((v[0] ^ v[3]) * 0x9e3779b97f4a7c15) >> 20;
        for (;; ++at) {
            std::uint32_t& entry = table[at & (size - 1)];
            if (entry == 0) {
                entry = static_cast<std::uint32_t>(constants_.size());
                constants_.push_back(v);
            }
            if (constants_[entry] == v) {
                out.push_back(entry);
                break;
            }
        }
    }
    return out;
}

}  // namespace zkc
