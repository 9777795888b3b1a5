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

/// Checks nothing: the caller makes sure that the encoding is canonical.
template <class G>
Affine<G> load_point_unchecked(const u64* at) {
    constexpr const typename G::F* tag = nullptr;
    return {load_coordinate(at, tag), load_coordinate(at + kRow<G> / 2, tag)};
}

template <class G>
void store_point(u64* at, const Affine<G>& p) {
    store_coordinate(at, p.x);
    store_coordinate(at + kRow<G> / 2, p.y);
}

template <class G>
bool is_canonical_point(const u64* at) {
    for (std::size_t k = 0; k < kRow<G>; k += 4) {
        if (!Fq::is_canonical(limbs_at(at + k))) return false;
    }
    return true;
}

/// Returns false unless the row is canonical and its point is on the curve.
template <class G>
bool load_point(const u64* at, Affine<G>& out) {
    if (!is_canonical_point<G>(at)) return false;
    out = load_point_unchecked<G>(at);
    return out.is_on_curve();
}

/// Throws for rows that are not canonical or whose points are not on the curve.
template <class G>
std::vector<Affine<G>> load_points(const View<u64>& rows, const char* name) {
    std::vector<Affine<G>> out(rows.rows);
    for (std::size_t i = 0; i < rows.rows; ++i) {
        if (!load_point<G>(rows.data + kRow<G> * i, out[i])) {
            refuse(name, "point " + std::to_string(i) + " is not canonical or not on the curve");
        }
    }
    return out;
}

/// One point, shape (8,) or (16,).
template <class G>
Affine<G> load_single(nb::handle value, const char* name) {
    const auto row = element(value, name, kRow<G>);
    Affine<G> out;
    if (!load_point<G>(row.data, out)) refuse(name, "not canonical or not on the curve");
    return out;
}

template <class G>
Out single(const Affine<G>& p) {
    Fresh out(kRow<G>, 0);
    store_point(out.data(), p);
    return out.release();
}

template <class G>
Out many(const std::vector<Affine<G>>& points) {
    Fresh out(points.size(), kRow<G>);
    for (std::size_t i = 0; i < points.size(); ++i) store_point(out.row(i), points[i]);
    return out.release();
}

}  // namespace zkc::py
