#include "transform/ntt.hpp"

#include <array>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "system/parallel.hpp"

namespace zkc {

std::size_t reverse_bits(std::size_t i, std::size_t bits) {
    std::size_t out = 0;
    for (std::size_t b = 0; b < bits; ++b) out |= ((i >> b) & 1) << (bits - 1 - b);
    return out;
}

template <class F>
F root_of_unity(std::size_t log_size) {
    if (log_size > F::Params::two_adicity) throw std::invalid_argument("domain too large");
    F root = F::from_canonical(F::Params::two_adic_root);
    for (std::size_t i = log_size; i < F::Params::two_adicity; ++i) root = root.square();
    return root;
}

template <class F>
Domain<F>::Domain(std::size_t log_size)
    : log_size_(log_size), forward_(size() / 2 + 1), inverse_(size() / 2 + 1) {
    const F root = root_of_unity<F>(log_size);
    fill_powers(forward_, root);
    fill_powers(inverse_, root.inverse());
    size_inverse_ = F::from_u64(size()).inverse();
}

template <class F>
void Domain<F>::frequency_pass(F* a, bool inverse, unsigned threads) const {
    const std::vector<F>& w = inverse ? inverse_ : forward_;
    const std::size_t split = split_levels(threads);
    for (std::size_t level = 0; level < split; ++level) {
        const std::size_t half = size() >> (level + 1);
        parallel_ranges(threads, size() / 2, kGrain, [&](std::size_t from, std::size_t to) {
            for (std::size_t k = from; k < to; ++k) {
                F* x = a + (k / half) * 2 * half + k % half;
                frequency_butterfly(x[0], x[half], w[(k % half) << level]);
            }
        });
    }
    parallel_for(threads, std::size_t{1} << split, [&](std::size_t part) {
        F* block = a + part * (size() >> split);
        for (std::size_t level = split; level < log_size_; ++level) {
            const std::size_t half = size() >> (level + 1);
            for (std::size_t start = 0; start < size() >> split; start += 2 * half) {
                F* x = block + start;
                for (std::size_t j = 0; j < half; ++j) {
                    frequency_butterfly(x[j], x[j + half], w[j << level]);
                }
            }
        }
    });
}

template <class F>
void Domain<F>::time_pass(F* a, bool inverse, unsigned threads) const {
    const std::vector<F>& w = inverse ? inverse_ : forward_;
    const std::size_t split = split_levels(threads);
    parallel_for(threads, std::size_t{1} << split, [&](std::size_t part) {
        F* block = a + part * (size() >> split);
        for (std::size_t level = log_size_; level-- > split;) {
            const std::size_t half = size() >> (level + 1);
            for (std::size_t start = 0; start < size() >> split; start += 2 * half) {
                F* x = block + start;
                for (std::size_t j = 0; j < half; ++j) {
                    time_butterfly(x[j], x[j + half], w[j << level]);
                }
            }
        }
    });
    for (std::size_t level = split; level-- > 0;) {
        const std::size_t half = size() >> (level + 1);
        parallel_ranges(threads, size() / 2, kGrain, [&](std::size_t from, std::size_t to) {
            for (std::size_t k = from; k < to; ++k) {
                F* x = a + (k / half) * 2 * half + k % half;
                time_butterfly(x[0], x[half], w[(k % half) << level]);
            }
        });
    }
}

template <class F>
void Domain<F>::transform(F* a, bool inverse, unsigned threads) const {
    frequency_pass(a, inverse, threads);
    for (std::size_t i = 0; i < size(); ++i) {
        const std::size_t j = reverse_bits(i, log_size_);
        if (i < j) std::swap(a[i], a[j]);
    }
    if (!inverse) return;
    for (std::size_t i = 0; i < size(); ++i) a[i] *= size_inverse_;
}

template <class F>
void Domain<F>::transform_naive(F* a, bool inverse) const {
    const F root = inverse ? root_of_unity<F>(log_size_).inverse() : root_of_unity<F>(log_size_);
    std::vector<F> out(size(), F::zero());
    F step = F::one();
    for (std::size_t i = 0; i < size(); ++i) {
        F point = F::one();
        for (std::size_t j = 0; j < size(); ++j) {
            out[i] += a[j] * point;
            point *= step;
        }
        if (inverse) out[i] *= size_inverse_;
        step *= root;
    }
    for (std::size_t i = 0; i < size(); ++i) a[i] = out[i];
}

template <class F>
void Domain<F>::fill_powers(std::vector<F>& out, const F& root) {
    F power = F::one();
    for (F& value : out) {
        value = power;
        power *= root;
    }
}

template <class F>
std::size_t Domain<F>::split_levels(unsigned threads) const {
    std::size_t levels = 0;
    while ((1u << levels) < threads && log_size_ > levels + 10) ++levels;
    return levels;
}

template <class F>
std::shared_ptr<const Domain<F>> domain(std::size_t log_size) {
    static std::mutex lock;
    static std::array<std::shared_ptr<const Domain<F>>, F::Params::two_adicity + 1> cache;
    if (log_size > F::Params::two_adicity) throw std::invalid_argument("domain too large");
    const std::lock_guard<std::mutex> guard(lock);
    if (!cache[log_size]) cache[log_size] = std::make_shared<const Domain<F>>(log_size);
    return cache[log_size];
}

template class Domain<Fr>;
template Fr root_of_unity(std::size_t);
template std::shared_ptr<const Domain<Fr>> domain(std::size_t);

}  // namespace zkc
