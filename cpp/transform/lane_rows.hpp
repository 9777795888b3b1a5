// Sparse matrices and transforms for the IFMA unit: what ifma/vectors.cpp works on.
#pragma once

#include <algorithm>
#include <numeric>

#include "msm/packed.hpp"
#include "transform/ntt.hpp"

namespace zkc {

/// The functions of ifma/unit.hpp for vectors over F_r.
struct LaneUnit {
    void (*multiply_rows)(const ifma::RowMatrix&, const unsigned char*, u64*);
    void (*to_odd_coset)(const ifma::TransformTables&, u64*, u64*);
    void (*multiply_vectors)(const u64*, const u64*, u64*, std::size_t);
    void (*quotient_rows)(const u64*, const u64*, const u64*, u64*, std::size_t);
    std::int64_t (*first_unequal)(const u64*, const u64*, const u64*, std::size_t);
    void (*multiply_words_q)(const u64*, const u64*, u64*, std::size_t);
    void (*multiply_words_r)(const u64*, const u64*, u64*, std::size_t);

    /// Null in units without; set once, by dispatch.cpp.
    static inline const LaneUnit* in_use = nullptr;
};

/// Words of a vector array for n elements.
inline std::size_t lane_words(std::size_t n) { return (n + 7) / 8 * ifma::kVectorWords; }

/// x 2^260 mod r, from the field element x.
inline Fr::Int times_2_to_260(const Fr& x) {
    static const Fr sixteen = Fr::from_u64(16);
    return (x * sixteen).to_montgomery();
}

/// Vectors for n elements, aligned; secret memory is wiped.
class LaneVector {
   public:
    LaneVector() = default;
    LaneVector(std::size_t n, bool secret) : bytes_(lane_words(n) * sizeof(u64), secret) {
        if (bytes_.size() > 0) std::memset(bytes_.data(), 0, bytes_.size());
    }
    u64* data() { return reinterpret_cast<u64*>(bytes_.data()); }
    const u64* data() const { return reinterpret_cast<const u64*>(bytes_.data()); }
    void set(std::size_t i, const Fr& value) {
        u64* at = data() + i / 8 * ifma::kVectorWords + i % 8;
        const std::array<u64, 5> limbs = split(value);
        for (std::size_t k = 0; k < 5; ++k) at[8 * k] = limbs[k];
    }
    Fr get(std::size_t i) const {
        const u64* at = data() + i / 8 * ifma::kVectorWords + i % 8;
        const u64 a = at[0], b = at[8], c = at[16], d = at[24], e = at[32];
        Fr::Int v{a | b << 52, b >> 12 | c << 40, c >> 24 | d << 28, d >> 36 | e << 16}, less;
        while (sub(less, v, Fr::Params::modulus) == 0) v = less;
        static const Fr sixteenth = Fr::from_u64(16).inverse();
        return Fr::from_montgomery(v) * sixteenth;
    }
    /// The 52-bit limbs of x 2^260.
    static std::array<u64, 5> split(const Fr& x) {
        constexpr u64 mask = (u64{1} << 52) - 1;
        const Fr::Int v = times_2_to_260(x);
        return {v[0] & mask, (v[0] >> 52 | v[1] << 12) & mask, (v[1] >> 40 | v[2] << 24) & mask,
                (v[2] >> 28 | v[3] << 36) & mask, v[3] >> 16};
    }

   private:
    AlignedBytes bytes_;
};

/// Rows sorted by length, eight to a slice; each distinct coefficient is kept once.
class LaneMatrix {
   public:
    LaneMatrix() = default;

    template <class Matrix>
    explicit LaneMatrix(const Matrix& m) : n_rows_(m.rows()) {
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

    /// out is zero before; plain integers mod r. witness: canonical.
    void times(const Fr::Int* witness, LaneVector& out) const {
        const ifma::RowMatrix view{rows_.size() / 8,
                                   rows_.data(),
                                   starts_.data(),
                                   wires_.data(),
                                   coefficients_.data(),
                                   reinterpret_cast<const unsigned char*>(constants_.data()),
                                   n_rows_};
        LaneUnit::in_use->multiply_rows(view, reinterpret_cast<const unsigned char*>(witness),
                                        out.data());
    }

   private:
    /// Fills constants_, zero first; returns the number of each coefficient.
    std::vector<std::uint32_t> number_constants(const std::vector<Fr>& values) {
        constants_.push_back(Fr::Int{});
        std::size_t size = 16;
        while (size < 2 * values.size()) size *= 2;
        std::vector<std::uint32_t> table(size);  // open addressing; 0 is free
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

    std::size_t n_rows_ = 0;
    std::vector<std::uint32_t> rows_, starts_, wires_, coefficients_;
    std::vector<Fr::Int> constants_;
};

/// Tables of one transform size.
class LaneTransform {
   public:
    explicit LaneTransform(std::size_t log_size) : n_(std::size_t{1} << log_size) {
        const Fr root = root_of_unity<Fr>(log_size);
        view_.log_size = log_size;
        for (std::size_t inverse = 0; inverse < 2; ++inverse) {
            Fr w = inverse != 0 ? root.inverse() : root;
            for (std::size_t level = 0; level < 3; ++level) {
                LaneVector& table = outer_[inverse][level];
                table = LaneVector(n_ >> (level + 1), false);
                Fr power = Fr::one();
                for (std::size_t j = 0; j < n_ >> (level + 1); ++j) {
                    table.set(j, power);
                    power *= w;
                }
                w = w.square();
                view_.outer[inverse][level] = table.data();
            }
            Fr power = Fr::one();
            for (std::size_t j = 0; j < n_ / 16; ++j) {
                const std::array<u64, 5> limbs = LaneVector::split(power);
                inner_[inverse].insert(inner_[inverse].end(), limbs.begin(), limbs.end());
                power *= w;
            }
            view_.inner[inverse] = inner_[inverse].data();
        }
        shift_ = LaneVector(n_, false);
        const Fr step = root_of_unity<Fr>(log_size + 1);
        Fr power = Fr::from_u64(n_).inverse();
        for (std::size_t i = 0; i < n_; ++i) {
            const std::size_t position = reverse_bits(i, log_size);
            const std::size_t eighth = position / (n_ / 8), within = position % (n_ / 8);
            shift_.set(8 * within + eighth, power);
            power *= step;
        }
        view_.shift = shift_.data();
    }
    LaneTransform(const LaneTransform&) = delete;
    LaneTransform& operator=(const LaneTransform&) = delete;

    const ifma::TransformTables& view() const { return view_; }

    /// Shared tables, built once per size.
    static std::shared_ptr<const LaneTransform> of(std::size_t log_size) {
        static std::mutex lock;
        static std::array<std::shared_ptr<const LaneTransform>, Fr::Params::two_adicity> cache;
        const std::lock_guard<std::mutex> guard(lock);
        auto& entry = cache.at(log_size);
        if (!entry) entry = std::make_shared<const LaneTransform>(log_size);
        return entry;
    }

   private:
    std::size_t n_;
    ifma::TransformTables view_{};
    LaneVector outer_[2][3];
    std::vector<u64> inner_[2];
    LaneVector shift_;
};

}  // namespace zkc
