// Number-theoretic transform over a field with a two-adic root of unity.
//
// Domain of size n = 2^s: powers of root(s) (see the field's card). Two in-place radix-2 passes:
// decimation in frequency takes natural order to bit-reversed order, decimation in time takes it
// back, so a transform, a scaling and a second transform need no permutation at all (Chu and George,
// "Inside the FFT black box", 2000, ch. 4 and 10).
#pragma once

#include <memory>
#include <vector>

#include "field/bn254.hpp"

namespace zkc {

std::size_t reverse_bits(std::size_t i, std::size_t bits);

/// Generator of the subgroup of order 2^log_size.
template <class F>
F root_of_unity(std::size_t log_size);

template <class F>
class Domain {
   public:
    explicit Domain(std::size_t log_size);

    std::size_t size() const { return std::size_t{1} << log_size_; }
    std::size_t log_size() const { return log_size_; }
    const F& size_inverse() const { return size_inverse_; }

    /// Takes natural order to bit-reversed order; the inverse is not divided by n.
    void frequency_pass(F* a, bool inverse, unsigned threads = 1) const;

    /// Takes bit-reversed order to natural order; the inverse is not divided by n.
    void time_pass(F* a, bool inverse, unsigned threads = 1) const;

    /// Keeps natural order; the inverse is divided by n.
    void transform(F* a, bool inverse, unsigned threads = 1) const;

    /// Slow twin of transform: the defining sum.
    void transform_naive(F* a, bool inverse) const;

   private:
    static constexpr std::size_t kGrain = 2048;  // so many butterflies are worth a thread

    static void fill_powers(std::vector<F>& out, const F& root);
    static void frequency_butterfly(F& x, F& y, const F& w) {
        const F sum = x + y;
        y = (x - y) * w;
        x = sum;
    }
    static void time_butterfly(F& x, F& y, const F& w) {
        const F t = y * w;
        y = x - t;
        x = x + t;
    }
    /// How many outer levels are shared before the blocks become independent.
    std::size_t split_levels(unsigned threads) const;

    std::size_t log_size_;
    std::vector<F> forward_, inverse_;
    F size_inverse_;
};

/// Shared domain tables, built once per size.
template <class F>
std::shared_ptr<const Domain<F>> domain(std::size_t log_size);

}  // namespace zkc
