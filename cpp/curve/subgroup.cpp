#include "curve/subgroup.hpp"

#include <algorithm>
#include <atomic>
#include <vector>

#include "system/parallel.hpp"
#include "system/secret.hpp"

namespace zkc {

namespace {

constexpr std::size_t kMostBits = 13;     // 2^13 is below the smallest factor of the cofactor
constexpr std::size_t kSecurityBits = 128;
constexpr std::size_t kFew = 200;         // so few are checked one by one
constexpr std::size_t kBlock = std::size_t{1} << 16;

std::size_t sums_of(std::size_t bits) { return (kSecurityBits + bits - 1) / bits; }

/// How many bits take the fewest additions for n points; adding up a bucket takes some 2.6.
std::size_t bits_for(std::size_t n) {
    const auto cost = [n](std::size_t bits) {
        return sums_of(bits) * (10 * n + (std::size_t{26} << bits));
    };
    std::size_t best = 1;
    for (std::size_t bits = 2; bits <= kMostBits; ++bits) {
        if (cost(bits) < cost(best)) best = bits;
    }
    return best;
}

/// The sum of the points, each times a random number of so many bits.
Xyzz<G2> random_sum(const Affine<G2>* points, std::size_t n, std::size_t bits) {
    std::vector<std::uint16_t> factors(n);
    random_bytes(factors.data(), n * sizeof factors[0]);
    const unsigned mask = (1u << bits) - 1;
    std::vector<Xyzz<G2>> buckets(mask, Xyzz<G2>::infinity());
    for (std::size_t i = 0; i < n; ++i) {
        const unsigned factor = factors[i] & mask;
        if (factor != 0) buckets[factor - 1].add(points[i]);
    }
    Xyzz<G2> running = Xyzz<G2>::infinity();
    Xyzz<G2> sum = Xyzz<G2>::infinity();
    for (std::size_t k = mask; k-- > 0;) {
        running = running + buckets[k];
        sum = sum + running;
    }
    return sum;
}

bool all_in_subgroup(const Affine<G2>* points, std::size_t n) {
    if (n < kFew) return false;
    const std::size_t bits = bits_for(n);
    for (std::size_t k = 0; k < sums_of(bits); ++k) {
        if (!in_subgroup(random_sum(points, n, bits).to_affine())) return false;
    }
    return true;
}

}  // namespace

Affine<G2> twist_frobenius(const Affine<G2>& q, unsigned power) {
    const auto& gamma = FrobeniusTable::get().gamma[power];
    const bool odd = power % 2 == 1;
    return {(odd ? q.x.conjugate() : q.x) * gamma[2], (odd ? q.y.conjugate() : q.y) * gamma[3]};
}

bool in_subgroup(const Affine<G2>& q) {
    if (q.is_infinity()) return true;
    const Affine<G2> xq = multiply(q, Limbs<1>{kBnParameter}).to_affine();
    Xyzz<G2> left = Xyzz<G2>::from(xq);
    left.add(q);
    left.add(twist_frobenius(xq, 1));
    left.add(twist_frobenius(xq, 2));
    // Minus psi^3(2x Q).
    const Affine<G2> cube = twist_frobenius(xq, 3);
    left.add(cube, true);
    left.add(cube, true);
    return left.is_infinity();
}

bool in_subgroup_naive(const Affine<G2>& q) {
    return multiply_naive(q, Fr::Params::modulus).is_infinity();
}

std::size_t first_outside_subgroup(const Affine<G2>* points, std::size_t n, unsigned threads) {
    std::atomic<std::size_t> first{n};
    const std::size_t blocks = std::max<std::size_t>(threads, (n + kBlock - 1) / kBlock);
    const std::size_t parts = n < kFew ? 1 : blocks;
    parallel_for(threads, parts, [&](std::size_t part) {
        const std::size_t begin = n * part / parts, end = n * (part + 1) / parts;
        if (begin >= first.load() || all_in_subgroup(points + begin, end - begin)) return;
        for (std::size_t i = begin; i < end && i < first.load(); ++i) {
            if (in_subgroup(points[i])) continue;
            std::size_t seen = first.load();
            while (i < seen && !first.compare_exchange_weak(seen, i)) {
            }
        }
    });
    return first.load();
}

}  // namespace zkc
