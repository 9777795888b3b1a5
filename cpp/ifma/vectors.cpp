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
#include "lanes.hpp"
#include "unit.hpp"

namespace zkc::ifma {
namespace {

using R = RModulus;

constexpr std::size_t kW = kVectorWords;

ZKC_LANES Lanes times(const Lanes& x, const Lanes& y) { return product<R>(x, y); }
ZKC_LANES Lanes broadcast(const u64* at) {
    return {same(at[0]), same(at[1]), same(at[2]), same(at[3]), same(at[4])};
}

ZKC_LANES void frequency_butterfly(u64* x, u64* y, const Lanes& w) {
    const Lanes a = load(x), b = load(y);
    save(x, reduced<R>(a + b));
    save(y, times(tidy(a - b + multiple<R, 3>()), w));
}
ZKC_LANES void time_butterfly(u64* x, u64* y, const Lanes& w) {
    const Lanes a = load(x), t = times(load(y), w);
    save(x, reduced<R>(a + t));
    save(y, reduced<R>(a - t + multiple<R, 3>()));
}

struct Rows {
    Z r[8];
};

ZKC_LANES Rows transposed(const Rows& m) {
    const auto lo64 = [](Z a, Z b) { return _mm512_unpacklo_epi64(a, b); };
    const auto hi64 = [](Z a, Z b) { return _mm512_unpackhi_epi64(a, b); };
    const Z p0 = lo64(m.r[0], m.r[1]), p1 = hi64(m.r[0], m.r[1]);
    const Z p2 = lo64(m.r[2], m.r[3]), p3 = hi64(m.r[2], m.r[3]);
    const Z p4 = lo64(m.r[4], m.r[5]), p5 = hi64(m.r[4], m.r[5]);
    const Z p6 = lo64(m.r[6], m.r[7]), p7 = hi64(m.r[6], m.r[7]);
    // Columns j and j+1 live in 128-bit quarters; collect the quarters 0..3 of four pairs.
    const auto four = [](Z a, Z b, Z c, Z d, Z& q0, Z& q1, Z& q2, Z& q3) {
        const Z ab02 = _mm512_shuffle_i64x2(a, b, 0x88), ab13 = _mm512_shuffle_i64x2(a, b, 0xdd);
        const Z cd02 = _mm512_shuffle_i64x2(c, d, 0x88), cd13 = _mm512_shuffle_i64x2(c, d, 0xdd);
        q0 = _mm512_shuffle_i64x2(ab02, cd02, 0x88);
        q2 = _mm512_shuffle_i64x2(ab02, cd02, 0xdd);
        q1 = _mm512_shuffle_i64x2(ab13, cd13, 0x88);
        q3 = _mm512_shuffle_i64x2(ab13, cd13, 0xdd);
    };
    Rows out;
    four(p0, p2, p4, p6, out.r[0], out.r[2], out.r[4], out.r[6]);
    four(p1, p3, p5, p7, out.r[1], out.r[3], out.r[5], out.r[7]);
    return out;
}

/// Between "eight neighbours" and "one of each eighth": vector k n/64 + u, lane l, and vector
/// 8 u + l, lane k, change places.
void to_eighths(const u64* from, u64* to, std::size_t vectors) {
    const std::size_t part = vectors / 8;
    for (std::size_t u = 0; u < part; ++u) {
        for (std::size_t limb = 0; limb < 5; ++limb) {
            Rows m;
            for (std::size_t k = 0; k < 8; ++k) {
                m.r[k] = _mm512_load_si512(from + (k * part + u) * kW + 8 * limb);
            }
            m = transposed(m);
            for (std::size_t k = 0; k < 8; ++k) {
                _mm512_store_si512(to + (8 * u + k) * kW + 8 * limb, m.r[k]);
            }
        }
    }
}
void from_eighths(const u64* from, u64* to, std::size_t vectors) {
    const std::size_t part = vectors / 8;
    for (std::size_t u = 0; u < part; ++u) {
        for (std::size_t limb = 0; limb < 5; ++limb) {
            Rows m;
            for (std::size_t k = 0; k < 8; ++k) {
                m.r[k] = _mm512_load_si512(from + (8 * u + k) * kW + 8 * limb);
            }
            m = transposed(m);
            for (std::size_t k = 0; k < 8; ++k) {
                _mm512_store_si512(to + (k * part + u) * kW + 8 * limb, m.r[k]);
            }
        }
    }
}

template <class P>
void multiply_words(const u64* a, const u64* b, u64* out, std::size_t vectors) {
    for (std::size_t v = 0; v < vectors; ++v) {
        const unsigned char* rows[8];
        for (int k = 0; k < 8; ++k) {
            rows[k] = reinterpret_cast<const unsigned char*>(a + 32 * v + 4 * k);
        }
        const Lanes x = gather(rows, 0);
        for (int k = 0; k < 8; ++k) {
            rows[k] = reinterpret_cast<const unsigned char*>(b + 32 * v + 4 * k);
        }
        const Words w = join(canonical<P>(product<P>(x, gather(rows, 0))));
        alignas(64) u64 words[4][8];
        _mm512_store_si512(words[0], w.w0);
        _mm512_store_si512(words[1], w.w1);
        _mm512_store_si512(words[2], w.w2);
        _mm512_store_si512(words[3], w.w3);
        for (int k = 0; k < 8; ++k) {
            for (int i = 0; i < 4; ++i) out[32 * v + 4 * k + i] = words[i][k];
        }
    }
}

ZKC_LANES void add_product(Wide& w, const Lanes& x, const Lanes& y) {
    const auto row = [&y](Z& t0, Z& t1, Z& t2, Z& t3, Z& t4, Z& t5, Z f) {
        t0 = lo(t0, f, y.a);
        t1 = lo(t1, f, y.b);
        t2 = lo(t2, f, y.c);
        t3 = lo(t3, f, y.d);
        t4 = lo(t4, f, y.e);
        t1 = hi(t1, f, y.a);
        t2 = hi(t2, f, y.b);
        t3 = hi(t3, f, y.c);
        t4 = hi(t4, f, y.d);
        t5 = hi(t5, f, y.e);
    };
    row(w.t0, w.t1, w.t2, w.t3, w.t4, w.t5, x.a);
    row(w.t1, w.t2, w.t3, w.t4, w.t5, w.t6, x.b);
    row(w.t2, w.t3, w.t4, w.t5, w.t6, w.t7, x.c);
    row(w.t3, w.t4, w.t5, w.t6, w.t7, w.t8, x.d);
    row(w.t4, w.t5, w.t6, w.t7, w.t8, w.t9, x.e);
}

}  // namespace

void multiply_rows(const RowMatrix& m, const unsigned char* witness, u64* out) {
    // A column takes at most ten numbers below 2^52 a term, and 64 terms are below 64 r^2, which
    // reduces to less than 64 / 84 r + 2r: far below both 2^64 and 16 r.
    constexpr std::uint32_t kTerms = 64;
    for (std::size_t s = 0; s < m.slices; ++s) {
        const Z o = zero();
        Lanes total{o, o, o, o, o};
        for (std::uint32_t step = m.starts[s]; step < m.starts[s + 1];) {
            const std::uint32_t end =
                m.starts[s + 1] - step < kTerms ? m.starts[s + 1] : step + kTerms;
            Wide sum{o, o, o, o, o, o, o, o, o, o};
            for (; step < end; ++step) {
                const unsigned char *values[8], *factors[8];
                for (int k = 0; k < 8; ++k) {
                    values[k] = witness + std::size_t{m.wires[8 * step + k]} * 32;
                    factors[k] = m.constants + std::size_t{m.coefficients[8 * step + k]} * 32;
                }
                add_product(sum, gather(values, 0), gather(factors, 0));
            }
            total = reduced<R>(total + ifma::reduced<R>(sum));
        }
        alignas(64) u64 words[kW];
        save(words, total);
        for (std::size_t k = 0; k < 8; ++k) {
            const std::size_t row = m.rows[8 * s + k];
            if (row >= m.n_rows) continue;
            u64* to = out + row / 8 * kW + row % 8;
            for (std::size_t limb = 0; limb < 5; ++limb) to[8 * limb] = words[8 * limb + k];
        }
    }
}

void to_odd_coset(const TransformTables& t, u64* values, u64* work) {
    const std::size_t vectors = (std::size_t{1} << t.log_size) / 8;
    // Inverse transform: three levels on neighbours, the others within the eighths.
    for (std::size_t level = 0; level < 3; ++level) {
        const std::size_t half = vectors >> (level + 1);
        for (std::size_t start = 0; start < vectors; start += 2 * half) {
            for (std::size_t j = start; j < start + half; ++j) {
                frequency_butterfly(values + j * kW, values + (j + half) * kW,
                                    load(t.outer[1][level] + (j - start) * kW));
            }
        }
    }
    to_eighths(values, work, vectors);
    // From here a position within an eighth is a vector.
    std::size_t stride = 1;
    for (std::size_t half = vectors / 2; half > 1; half /= 2, stride *= 2) {
        for (std::size_t j = 0; j < half; ++j) {
            const Lanes w = broadcast(t.inner[1] + 5 * j * stride);
            for (std::size_t at = j; at < vectors; at += 2 * half) {
                frequency_butterfly(work + at * kW, work + (at + half) * kW, w);
            }
        }
    }
    for (std::size_t at = 0; at < vectors; at += 2) {
        const Lanes x = load(work + at * kW), y = load(work + (at + 1) * kW);
        const Lanes sum = times(tidy(x + y), load(t.shift + at * kW));
        const Lanes difference =
            times(tidy(x - y + multiple<R, 3>()), load(t.shift + (at + 1) * kW));
        save(work + at * kW, reduced<R>(sum + difference));
        save(work + (at + 1) * kW, reduced<R>(sum - difference + multiple<R, 3>()));
    }
    stride = vectors / 4;
    for (std::size_t half = 2; half < vectors; half *= 2, stride /= 2) {
        for (std::size_t j = 0; j < half; ++j) {
            const Lanes w = broadcast(t.inner[0] + 5 * j * stride);
            for (std::size_t at = j; at < vectors; at += 2 * half) {
                time_butterfly(work + at * kW, work + (at + half) * kW, w);
            }
        }
    }
    from_eighths(work, values, vectors);
    for (std::size_t level = 3; level-- > 0;) {
        const std::size_t half = vectors >> (level + 1);
        for (std::size_t start = 0; start < vectors; start += 2 * half) {
            for (std::size_t j = start; j < start + half; ++j) {
                time_butterfly(values + j * kW, values + (j + half) * kW,
                               load(t.outer[0][level] + (j - start) * kW));
            }
        }
    }
}

void multiply_vectors(const u64* a, const u64* b, u64* out, std::size_t vectors) {
    for (std::size_t v = 0; v < vectors; ++v) {
        save(out + v * kW, times(load(a + v * kW), load(b + v * kW)));
    }
}

void quotient_rows(const u64* a, const u64* b, const u64* c, u64* out, std::size_t vectors) {
    const Lanes scale = same(split(R::r2));
    for (std::size_t v = 0; v < vectors; ++v) {
        const Lanes ab = times(load(a + v * kW), load(b + v * kW));
        const Lanes difference = tidy(ab - load(c + v * kW) + multiple<R, 3>());
        const Words w = join(canonical<R>(times(difference, scale)));
        alignas(64) u64 words[4][8];
        _mm512_store_si512(words[0], w.w0);
        _mm512_store_si512(words[1], w.w1);
        _mm512_store_si512(words[2], w.w2);
        _mm512_store_si512(words[3], w.w3);
        for (int k = 0; k < 8; ++k) {
            for (int i = 0; i < 4; ++i) out[32 * v + 4 * k + i] = words[i][k];
        }
    }
}

std::int64_t first_unequal(const u64* a, const u64* b, const u64* c, std::size_t vectors) {
    const Lanes one = {same(1), zero(), zero(), zero(), zero()};
    for (std::size_t v = 0; v < vectors; ++v) {
        const Lanes ab = times(load(a + v * kW), load(b + v * kW));
        const Lanes c1 = times(load(c + v * kW), one);
        const __mmask8 equal = is_zero<R>(tidy(ab - c1 + multiple<R, 3>()));
        if (equal != 0xff) {
            return static_cast<std::int64_t>(8 * v) +
                   __builtin_ctz(static_cast<unsigned>(~equal & 0xff));
        }
    }
    return -1;
}

void multiply_words_q(const u64* a, const u64* b, u64* out, std::size_t vectors) {
    multiply_words<QModulus>(a, b, out, vectors);
}
void multiply_words_r(const u64* a, const u64* b, u64* out, std::size_t vectors) {
    multiply_words<RModulus>(a, b, out, vectors);
}

}  // namespace zkc::ifma
