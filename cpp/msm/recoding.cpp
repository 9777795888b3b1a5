#include "msm/recoding.hpp"

#include <array>
#include <bit>

#include "msm/digits.hpp"

namespace zkc {

Recoding::Recoding(const Fr::Int* scalars, std::size_t n, WindowShape shape)
    : shape_(shape),
      multiple_bits_(std::bit_width(shape.multiples - 1)),
      starts_(shape.buckets() + 1) {
    if (n > lanes::kNegated >> multiple_bits_) throw std::bad_alloc();
    const std::size_t windows = shape.windows(), half = shape.half();
    const WideScalar offset = digit_offset(windows, shape.width);
    std::array<std::size_t, WindowShape::kScalarBits> bases;  // first bucket of each window
    for (std::size_t w = 0; w < windows; ++w) bases[w] = w / shape.multiples * half;
    SecretVector<std::uint32_t> digits(n * windows);  // bucket + 1 and sign, or 0
    for (std::size_t i = 0; i < n; ++i) {
        Fr::Int other;
        sub(other, Fr::Params::modulus, scalars[i]);
        const bool negate = less(other, scalars[i]);
        const Fr::Int& k = negate ? other : scalars[i];
        if (is_zero(k)) continue;
        const u64 flip = negate ? 1 : 0;
        WideScalar sum{k[0], k[1], k[2], k[3], 0};
        add(sum, sum, offset);
        for (std::size_t w = 0; w < windows; ++w) {
            const u64 window = bits_at(sum, w * shape.width, shape.width);
            if (window == half) continue;
            // Without branches: digits and their signs are unpredictable.
            const u64 difference = window - half;
            const u64 below = -(difference >> 63);
            const std::size_t bucket = bases[w] + ((difference ^ below) - below) - 1;
            ++starts_[bucket + 1];
            digits[i * windows + w] =
                static_cast<std::uint32_t>(bucket + 1) |
                static_cast<std::uint32_t>(((below & 1) ^ flip) * lanes::kNegated);
        }
    }
    for (std::size_t b = 0; b < shape.buckets(); ++b) starts_[b + 1] += starts_[b];
    entries_.resize(starts_.back());
    SecretVector<std::uint32_t> next(starts_.begin(), starts_.end() - 1);
    for (std::size_t i = 0; i < n; ++i) {
        std::uint32_t multiple = 0;
        for (std::size_t w = 0; w < windows; ++w) {
            const std::uint32_t digit = digits[i * windows + w];
            if (digit != 0) {
                entries_[next[(digit & ~lanes::kNegated) - 1]++] =
                    static_cast<std::uint32_t>(i) << multiple_bits_ | multiple |
                    (digit & lanes::kNegated);
            }
            if (++multiple == shape.multiples) multiple = 0;
        }
    }
}

std::size_t Recoding::part(std::size_t i, std::size_t n) const {
    const std::size_t buckets = shape_.buckets();
    const std::size_t total = starts_[buckets] + 2 * buckets;
    const std::size_t wanted = total / n * i;
    if (i == 0) return 0;
    if (i >= n) return buckets;
    std::size_t low = 0, high = buckets;
    while (low < high) {
        const std::size_t middle = (low + high) / 2;
        if (starts_[middle] + 2 * middle < wanted) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

}  // namespace zkc
