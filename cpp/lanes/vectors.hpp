// Vectors over F_r: sparse matrix products, and the transforms of the quotient.
//
// A transform of n = 2^s values runs its three widest levels on vectors of eight neighbours; then the
// array is transposed so that lane k holds the k-th eighth, and all further levels work within the
// eighths, eight at once with one common twiddle. Decimation in frequency takes natural to bit-
// reversed order, decimation in time takes it back, so nothing is ever permuted; the last level of
// the one, the shift to the odd coset and the first level of the other are a single pass.
//
// Bounds, in multiples of r: values between passes < 2.2; differences with 3r added < 5.2; products
// with a twiddle (< 1) < 2.1.
#pragma once

#include "lanes/lanes.hpp"
#include "lanes/unit.hpp"

namespace zkc::lanes {
namespace {

using R = RModulus;

constexpr std::size_t kW = kVectorWords;

/// The transforms and products over the vector type V.
template <class V>
class Vectors {
    using Values = Lanes<V>;

    static ZKC_LANES Values times(const Values& x, const Values& y) {
        return product<R>(factor<R>(x), factor<R>(y));
    }
    static ZKC_LANES Values broadcast(const u64* at) {
        return {V::same(at[0]), V::same(at[1]), V::same(at[2]), V::same(at[3]), V::same(at[4])};
    }
    static ZKC_LANES Values at(const u64* words) { return load<V>(words); }

    static ZKC_LANES void frequency_butterfly(u64* x, u64* y, const Values& w) {
        const Values a = at(x), b = at(y);
        save<V>(x, reduced<R>(a + b));
        save<V>(y, times(tidy(a - b + multiple<V, R, 3>()), w));
    }
    static ZKC_LANES void time_butterfly(u64* x, u64* y, const Values& w) {
        const Values a = at(x), t = times(at(y), w);
        save<V>(x, reduced<R>(a + t));
        save<V>(y, reduced<R>(a - t + multiple<V, R, 3>()));
    }

    /// Between "eight neighbours" and "one of each eighth": vector k n/64 + u, lane l, and vector
    /// 8 u + l, lane k, change places.
    static void to_eighths(const u64* from, u64* to, std::size_t vectors) {
        exchange(from, vectors / 8, 1, to, 1, 8, vectors);
    }
    static void from_eighths(const u64* from, u64* to, std::size_t vectors) {
        exchange(from, 1, 8, to, vectors / 8, 1, vectors);
    }
    static void exchange(const u64* from, std::size_t from_k, std::size_t from_u, u64* to,
                         std::size_t to_k, std::size_t to_u, std::size_t vectors) {
        for (std::size_t u = 0; u < vectors / 8; ++u) {
            for (std::size_t limb = 0; limb < 5; ++limb) {
                typename V::Z rows[8];
                for (std::size_t k = 0; k < 8; ++k) {
                    rows[k] = V::load(from + (k * from_k + u * from_u) * kW + 8 * limb);
                }
                V::transpose(rows);
                for (std::size_t k = 0; k < 8; ++k) {
                    V::store(to + (k * to_k + u * to_u) * kW + 8 * limb, rows[k]);
                }
            }
        }
    }

    /// Eight canonical numbers, four words each.
    static ZKC_LANES void save_words(u64* out, const Values& v) {
        alignas(64) u64 words[4][8];
        join(v).save(words);
        for (int k = 0; k < 8; ++k) {
            for (int i = 0; i < 4; ++i) out[4 * k + i] = words[i][k];
        }
    }

    static ZKC_LANES void add_product(Wide<V>& w, const Factor<V>& x, const Factor<V>& y) {
        V::add_row(w.t0, w.t1, w.t2, w.t3, w.t4, w.t5, x.a, y);
        V::add_row(w.t1, w.t2, w.t3, w.t4, w.t5, w.t6, x.b, y);
        V::add_row(w.t2, w.t3, w.t4, w.t5, w.t6, w.t7, x.c, y);
        V::add_row(w.t3, w.t4, w.t5, w.t6, w.t7, w.t8, x.d, y);
        V::add_row(w.t4, w.t5, w.t6, w.t7, w.t8, w.t9, x.e, y);
    }

   public:
    template <class P>
    static void multiply_words(const u64* a, const u64* b, u64* out, std::size_t vectors) {
        for (std::size_t v = 0; v < vectors; ++v) {
            const unsigned char* rows[8];
            for (int k = 0; k < 8; ++k) {
                rows[k] = reinterpret_cast<const unsigned char*>(a + 32 * v + 4 * k);
            }
            const Factor<V> x = factor<P>(gather<V>(rows, 0));
            for (int k = 0; k < 8; ++k) {
                rows[k] = reinterpret_cast<const unsigned char*>(b + 32 * v + 4 * k);
            }
            const Factor<V> y = factor<P>(gather<V>(rows, 0));
            save_words(out + 32 * v, canonical<P>(product<P>(x, y)));
        }
    }

    static void multiply_rows(const RowMatrix& m, const unsigned char* witness, u64* out) {
        // A column takes at most ten numbers below 2^52 a term, and 64 terms are below 64 r^2, which
        // reduces to less than 64 / 84 r + 2r: far below both 2^64 and 16 r.
        constexpr std::uint32_t kTerms = 64;
        for (std::size_t s = 0; s < m.slices; ++s) {
            const auto o = V::zero();
            Values total = nothing<V>();
            for (std::uint32_t step = m.starts[s]; step < m.starts[s + 1];) {
                const std::uint32_t first = step;
                const std::uint32_t end =
                    m.starts[s + 1] - step < kTerms ? m.starts[s + 1] : step + kTerms;
                Wide<V> sum{o, o, o, o, o, o, o, o, o, o};
                for (; step < end; ++step) {
                    const unsigned char *values[8], *factors[8];
                    for (int k = 0; k < 8; ++k) {
                        values[k] = witness + std::size_t{m.wires[8 * step + k]} * 32;
                        factors[k] = m.constants + std::size_t{m.coefficients[8 * step + k]} * 32;
                    }
                    add_product(sum, factor<R>(gather<V>(values, 0)),
                                factor<R>(gather<V>(factors, 0)));
                }
                V::settle(sum, end - first);
                total = reduced<R>(total + reduced<R>(sum));
            }
            alignas(64) u64 words[kW];
            save<V>(words, total);
            for (std::size_t k = 0; k < 8; ++k) {
                const std::size_t row = m.rows[8 * s + k];
                if (row >= m.n_rows) continue;
                u64* to = out + row / 8 * kW + row % 8;
                for (std::size_t limb = 0; limb < 5; ++limb) to[8 * limb] = words[8 * limb + k];
            }
        }
    }

    static void to_odd_coset(const TransformTables& t, u64* values, u64* work) {
        const std::size_t vectors = (std::size_t{1} << t.log_size) / 8;
        // Inverse transform: three levels on neighbours, the others within the eighths.
        for (std::size_t level = 0; level < 3; ++level) {
            const std::size_t half = vectors >> (level + 1);
            for (std::size_t start = 0; start < vectors; start += 2 * half) {
                for (std::size_t j = start; j < start + half; ++j) {
                    frequency_butterfly(values + j * kW, values + (j + half) * kW,
                                        at(t.outer[1][level] + (j - start) * kW));
                }
            }
        }
        to_eighths(values, work, vectors);
        // From here a position within an eighth is a vector.
        std::size_t stride = 1;
        for (std::size_t half = vectors / 2; half > 1; half /= 2, stride *= 2) {
            for (std::size_t j = 0; j < half; ++j) {
                const Values w = broadcast(t.inner[1] + 5 * j * stride);
                for (std::size_t i = j; i < vectors; i += 2 * half) {
                    frequency_butterfly(work + i * kW, work + (i + half) * kW, w);
                }
            }
        }
        for (std::size_t i = 0; i < vectors; i += 2) {
            const Values x = at(work + i * kW), y = at(work + (i + 1) * kW);
            const Values sum = times(tidy(x + y), at(t.shift + i * kW));
            const Values difference =
                times(tidy(x - y + multiple<V, R, 3>()), at(t.shift + (i + 1) * kW));
            save<V>(work + i * kW, reduced<R>(sum + difference));
            save<V>(work + (i + 1) * kW, reduced<R>(sum - difference + multiple<V, R, 3>()));
        }
        stride = vectors / 4;
        for (std::size_t half = 2; half < vectors; half *= 2, stride /= 2) {
            for (std::size_t j = 0; j < half; ++j) {
                const Values w = broadcast(t.inner[0] + 5 * j * stride);
                for (std::size_t i = j; i < vectors; i += 2 * half) {
                    time_butterfly(work + i * kW, work + (i + half) * kW, w);
                }
            }
        }
        from_eighths(work, values, vectors);
        for (std::size_t level = 3; level-- > 0;) {
            const std::size_t half = vectors >> (level + 1);
            for (std::size_t start = 0; start < vectors; start += 2 * half) {
                for (std::size_t j = start; j < start + half; ++j) {
                    time_butterfly(values + j * kW, values + (j + half) * kW,
                                   at(t.outer[0][level] + (j - start) * kW));
                }
            }
        }
    }

    static void multiply_vectors(const u64* a, const u64* b, u64* out, std::size_t vectors) {
        for (std::size_t v = 0; v < vectors; ++v) {
            save<V>(out + v * kW, times(at(a + v * kW), at(b + v * kW)));
        }
    }

    static void quotient_rows(const u64* a, const u64* b, const u64* c, u64* out,
                              std::size_t vectors) {
        const Values scale = same<V>(split(R::r2));
        for (std::size_t v = 0; v < vectors; ++v) {
            const Values ab = times(at(a + v * kW), at(b + v * kW));
            const Values difference = tidy(ab - at(c + v * kW) + multiple<V, R, 3>());
            save_words(out + 32 * v, canonical<R>(times(difference, scale)));
        }
    }

    static std::int64_t first_unequal(const u64* a, const u64* b, const u64* c,
                                      std::size_t vectors) {
        const Values one = same<V>(Digits{{1, 0, 0, 0, 0}});
        for (std::size_t v = 0; v < vectors; ++v) {
            const Values ab = times(at(a + v * kW), at(b + v * kW));
            const Values c1 = times(at(c + v * kW), one);
            const unsigned equal = V::bits(is_zero<R>(tidy(ab - c1 + multiple<V, R, 3>())));
            if (equal != 0xff) {
                return static_cast<std::int64_t>(8 * v) + __builtin_ctz(~equal & 0xff);
            }
        }
        return -1;
    }
};

}  // namespace
}  // namespace zkc::lanes
