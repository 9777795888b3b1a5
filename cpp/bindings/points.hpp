// Points between numpy rows and the kernel.
#pragma once

#include "bindings/arrays.hpp"
#include "curve/curve.hpp"

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
std::vector<Affine<G>> load_points(const View<u64>& rows, const char* name);

/// One point, shape (8,) or (16,).
template <class G>
Affine<G> load_single(nb::handle value, const char* name);

template <class G>
Out single(const Affine<G>& p);

template <class G>
Out many(const std::vector<Affine<G>>& points);

}  // namespace zkc::py
