#include "bindings/points.hpp"

namespace zkc::py {

namespace {

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

Fq stored_coordinate(const u64* at, const Fq*) { return Fq::from_montgomery(limbs_at(at)); }
Fq2 stored_coordinate(const u64* at, const Fq2*) {
    return {Fq::from_montgomery(limbs_at(at)), Fq::from_montgomery(limbs_at(at + 4))};
}

template <class G>
bool is_canonical_point(const u64* at) {
    for (std::size_t k = 0; k < kRow<G>; k += 4) {
        if (!Fq::is_canonical(limbs_at(at + k))) return false;
    }
    return true;
}

}  // namespace

template <class G>
bool load_point(const u64* at, Affine<G>& out) {
    if (!is_canonical_point<G>(at)) return false;
    out = load_point_unchecked<G>(at);
    return out.is_on_curve();
}

template <class G>
std::vector<Affine<G>> load_points(const View<u64>& rows, const char* name, unsigned threads) {
    std::vector<Affine<G>> out;
    const std::size_t bad = load_each<G>(out, rows.rows, threads, [&](std::size_t i, Affine<G>& p) {
        return load_point<G>(rows.data + kRow<G> * i, p);
    });
    if (bad < rows.rows) {
        refuse(name, "point " + std::to_string(bad) + " is not canonical or not on the curve");
    }
    return out;
}

template <class G>
bool load_stored_point(const unsigned char* at, Affine<G>& out) {
    u64 row[kRow<G>];
    std::memcpy(row, at, sizeof row);
    if (!is_canonical_point<G>(row)) return false;
    constexpr const typename G::F* tag = nullptr;
    out = {stored_coordinate(row, tag), stored_coordinate(row + kRow<G> / 2, tag)};
    return out.is_on_curve();
}

template <class G>
void append_point(std::string& out, const Affine<G>& p) {
    u64 row[kRow<G>];
    store_point(row, p);
    out.append(reinterpret_cast<const char*>(row), sizeof row);
}

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

template bool load_point(const u64*, Affine<G1>&);
template std::vector<Affine<G1>> load_points(const View<u64>&, const char*, unsigned);
template bool load_stored_point(const unsigned char*, Affine<G1>&);
template void append_point(std::string&, const Affine<G1>&);
template Affine<G1> load_single(nb::handle, const char*);
template Out single(const Affine<G1>&);
template Out many(const std::vector<Affine<G1>>&);
template bool load_point(const u64*, Affine<G2>&);
template std::vector<Affine<G2>> load_points(const View<u64>&, const char*, unsigned);
template bool load_stored_point(const unsigned char*, Affine<G2>&);
template void append_point(std::string&, const Affine<G2>&);
template Affine<G2> load_single(nb::handle, const char*);
template Out single(const Affine<G2>&);
template Out many(const std::vector<Affine<G2>>&);

}  // namespace zkc::py
