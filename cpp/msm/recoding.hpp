// Scalars as signed digits, sorted by the bucket that each digit belongs to.
//
// Digits are those of the smaller of k and r - k: zero, plus or minus one and all small scalars have
// few non-zero digits and cost no more than those.
#pragma once

#include "msm/table.hpp"

namespace zkc {

/// The digits of many scalars, sorted by bucket. Tables of the same shape can share them.
class Recoding {
   public:
    /// Throws std::bad_alloc, also if there are too many digits to number.
    Recoding(const Fr::Int* scalars, std::size_t n, WindowShape shape);

    WindowShape shape() const { return shape_; }
    std::size_t start(std::size_t bucket) const { return starts_[bucket]; }

    /// Writes the numbers of the table points for the digits in [from, to); a base at infinity has
    /// no point. Returns the end of what it wrote.
    template <class G>
    std::uint32_t* points(const WindowTable<G>& table, std::size_t from, std::size_t to,
                          std::uint32_t* out) const {
        const std::uint32_t multiples = (std::uint32_t{1} << multiple_bits_) - 1;
        for (std::size_t k = from; k < to; ++k) {
            const std::uint32_t negated = entries_[k] & lanes::kNegated;
            const std::uint32_t entry = entries_[k] ^ negated;
            const std::uint32_t first = table.first(entry >> multiple_bits_);
            *out = (first + (entry & multiples)) | negated;
            out += first != WindowTable<G>::kAbsent;
        }
        return out;
    }

    /// The first bucket of part i, when the buckets are cut into n parts of about equal work.
    std::size_t part(std::size_t i, std::size_t n) const;

   private:
    WindowShape shape_;
    int multiple_bits_;
    SecretVector<std::uint32_t> starts_;
    SecretVector<std::uint32_t> entries_;  // base, multiple, sign
};

}  // namespace zkc
