// Points between numpy rows and the kernel.
#pragma once

#include <algorithm>
#include <atomic>
#include <type_traits>

#include "bindings/arrays.hpp"
#include "curve/curve.hpp"
#include "curve/subgroup.hpp"
#include "system/parallel.hpp"

namespace zkc::py {

template <class G>
inline constexpr std::size_t kRow = sizeof(Affine<G>) / sizeof(u64);

inline Fq load_coordinate(const u64* at, const Fq*) { return Fq::from_canonical(limbs_at(at)); }
inline Fq2 load_coordinate(const u64* at, const Fq2*) {
    return {Fq::from_canonical(limbs_at(at)), Fq::from_canonical(limbs_at(at + 4))};
}
inline void store_coordinate(u64* at, const Fq& a) { store(at, a.to_canonical()); }
inline void store_coordinate(u64* at, const Fq2& a) {
    store(at, a.c0.to_canonical());
    store(at + 4, a.c1.to_canonical());
}

/// Returns false unless the row is canonical and its point is on the curve.
template <class G>
bool load_point(const u64* at, Affine<G>& out);

/// Throws for rows that are not canonical or whose points are not on the curve.
template <class G>
std::vector<Affine<G>> load_points(const View<u64>& rows, const char* name, unsigned threads = 1);

/// A point in a file's encoding: coordinates times 2^256 mod q. Returns false as load_point does.
template <class G>
bool load_stored_point(const unsigned char* at, Affine<G>& out);

/// Fills points 0..n-1 by load(i, point), on up to `threads` threads; returns the first i for which
/// `load` returned false, or n.
template <class G, class Load>
std::size_t load_each(std::vector<Affine<G>>& out, std::size_t n, unsigned threads,
                      const Load& load) {
    out.resize(n);
    std::atomic<std::size_t> first{n};
    parallel_ranges(threads, n, 256, [&](std::size_t from, std::size_t to) {
        for (std::size_t i = from; i < to && i < first.load(std::memory_order_relaxed); ++i) {
            if (load(i, out[i])) continue;
            std::size_t seen = first.load();
            while (i < seen && !first.compare_exchange_weak(seen, i)) {
            }
        }
    });
    return first.load();
}

/// Loads as load_each, a block of points at a time; returns the first point that did not load, or
/// that is not in its group, or -1.
template <class G, class Load>
std::int64_t first_outside_group(std::size_t n, unsigned threads, const Load& load) {
    constexpr std::size_t kBlock = std::size_t{1} << 18;
    std::vector<Affine<G>> points;
    for (std::size_t begin = 0; begin < n; begin += kBlock) {
        std::size_t good = load_each<G>(points, std::min(kBlock, n - begin), threads,
                                        [&](std::size_t i, Affine<G>& p) {
                                            return load(begin + i, p);
                                        });
        if constexpr (std::is_same_v<G, G2>) {
            good = std::min(good, first_outside_subgroup(points.data(), good, threads));
        }
        if (good < points.size()) return static_cast<std::int64_t>(begin + good);
    }
    return -1;
}

/// The bytes of a point's canonical coordinates.
template <class G>
void append_point(std::string& out, const Affine<G>& p);

/// One point, shape (8,) or (16,).
template <class G>
Affine<G> load_single(nb::handle value, const char* name);

template <class G>
Out single(const Affine<G>& p);

template <class G>
Out many(const std::vector<Affine<G>>& points);

}  // namespace zkc::py
