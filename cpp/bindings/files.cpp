#include "bindings/files.hpp"

#include <nanobind/stl/pair.h>

#include "bindings/points.hpp"
#include "curve/subgroup.hpp"

namespace zkc::py {

namespace {

template <class F>
std::int64_t first_not_below(nb::handle numbers) {
    const Bytes from = bytes(numbers, "numbers");
    if (from.size % sizeof(typename F::Int) != 0) refuse("numbers", "expected 32 bytes each");
    nb::gil_scoped_release release;
    const std::size_t count = from.size / sizeof(typename F::Int);
    for (std::size_t i = 0; i < count; ++i) {
        if (!F::is_canonical(from.limbs(i * sizeof(typename F::Int)))) {
            return static_cast<std::int64_t>(i);
        }
    }
    return -1;
}

/// The first record with a bad member, and which member that is; (-1, 0) if all are good.
std::pair<std::int64_t, int> first_bad_coefficient(nb::handle records, std::int64_t domain_size,
                                                   std::int64_t n_wires) {
    const StoredCoefficients from(records);
    nb::gil_scoped_release release;
    for (std::size_t i = 0; i < from.size(); ++i) {
        const int bad = from.matrix(i) > 1             ? 0
                        : from.row(i) >= domain_size   ? 1
                        : from.wire(i) >= n_wires      ? 2
                        : !from.has_canonical_value(i) ? 3
                                                       : -1;
        if (bad >= 0) return {static_cast<std::int64_t>(i), bad};
    }
    return {-1, 0};
}

template <class G>
std::int64_t first_invalid_stored(nb::handle points, unsigned threads) {
    const Bytes stored = bytes(points, "points");
    if (stored.size % sizeof(Affine<G>) != 0) refuse("points", "expected whole points");
    nb::gil_scoped_release release;
    const std::size_t n = stored.size / sizeof(Affine<G>);
    return first_outside_group<G>(n, threads, [&](std::size_t i, Affine<G>& p) {
        return load_stored_point<G>(stored.data + sizeof(Affine<G>) * i, p);
    });
}

}  // namespace

void bind_files(nb::module_& m) {
    m.def("fq_first_not_below", &first_not_below<Fq>, nb::arg("numbers"));
    m.def("fr_first_not_below", &first_not_below<Fr>, nb::arg("numbers"));
    m.def("first_bad_coefficient", &first_bad_coefficient, nb::arg("records"),
          nb::arg("domain_size"), nb::arg("n_wires"));
    m.def("g1_first_invalid_stored", [](nb::handle points, std::int64_t threads) {
        return first_invalid_stored<G1>(points, check_threads(threads));
    }, nb::arg("points"), nb::arg("threads") = 1);
    m.def("g2_first_invalid_stored", [](nb::handle points, std::int64_t threads) {
        return first_invalid_stored<G2>(points, check_threads(threads));
    }, nb::arg("points"), nb::arg("threads") = 1);
}

}  // namespace zkc::py
