#include "bindings/points.hpp"
#include "pairing/pairing.hpp"

namespace zkc::py {

namespace {

// py_ecc writes F_q12 as F_q[w] / (w^12 - 18 w^6 + 82). With u = w^6 - 9, the F_q2 coefficient
// c0 + c1 u of w^k contributes c0 - 9 c1 to w^k and c1 to w^(k+6).

std::array<Fq2, 6> by_power_of_w(const Fq12& a) {
    return {a.c0.c0, a.c1.c0, a.c0.c1, a.c1.c1, a.c0.c2, a.c1.c2};
}

void store_fq12(u64* at, const Fq12& a) {
    const auto parts = by_power_of_w(a);
    const Fq nine = Fq::from_u64(9);
    for (std::size_t k = 0; k < 6; ++k) {
        store(at + 4 * k, (parts[k].c0 - nine * parts[k].c1).to_canonical());
        store(at + 4 * (k + 6), parts[k].c1.to_canonical());
    }
}

Fq12 load_fq12(const u64* at) {
    std::array<Fq2, 6> p;
    const Fq nine = Fq::from_u64(9);
    for (std::size_t k = 0; k < 6; ++k) {
        const Fq high = Fq::from_canonical(limbs_at(at + 4 * (k + 6)));
        p[k] = {Fq::from_canonical(limbs_at(at + 4 * k)) + nine * high, high};
    }
    return {{p[0], p[2], p[4]}, {p[1], p[3], p[5]}};
}

void store_any(u64* at, const Fq2& a) { store_coordinate(at, a); }
void store_any(u64* at, const Fq12& a) { store_fq12(at, a); }
Fq2 load_any(const u64* at, const Fq2* tag) { return load_coordinate(at, tag); }
Fq12 load_any(const u64* at, const Fq12*) { return load_fq12(at); }

template <class F, class Operation>
Out map(nb::handle a, nb::handle b, const Operation& operation) {
    constexpr std::size_t columns = sizeof(F) / sizeof(u64);
    constexpr const F* tag = nullptr;
    const auto x = view<u64>(a, "a", columns);
    const auto y = view<u64>(b, "b", columns);
    if (x.rows != y.rows) refuse("b", "expected as many rows as a");
    Fresh out(x.rows, columns);
    {
        nb::gil_scoped_release release;
        check_canonical<Fq>(x.data, x.rows * columns / 4, "a");
        check_canonical<Fq>(y.data, y.rows * columns / 4, "b");
        for (std::size_t i = 0; i < x.rows; ++i) {
            store_any(out.row(i), operation(load_any(x.data + columns * i, tag),
                                            load_any(y.data + columns * i, tag)));
        }
    }
    return out.release();
}

template <class F, class Operation>
void bind_unary(nb::module_& m, const char* name, const Operation& operation) {
    m.def(name, [operation](nb::handle a) {
        return map<F>(a, a, [&](const F& x, const F&) { return operation(x); });
    }, nb::arg("a"));
}

Out pairing_value(nb::handle p, nb::handle q, bool naive) {
    const auto a = load_single<G1>(p, "p");
    const auto b = load_single<G2>(q, "q");
    Fresh out(12, 4);
    {
        nb::gil_scoped_release release;
        if (!in_subgroup(b)) refuse("q", "not in the subgroup");
        const Lines lines = prepare_lines(b);
        const Fq12 f = miller_loop({{a, &lines}});
        store_fq12(out.data(), naive ? final_exponentiation_naive(f) : final_exponentiation(f));
    }
    return out.release();
}

/// e(scalar p, q) as 12 canonical numbers in py_ecc's order.
nb::bytes scaled_pairing(nb::handle p, nb::handle q, nb::handle scalar) {
    const auto a = load_single<G1>(p, "p");
    const auto b = load_single<G2>(q, "q");
    const auto factor = element(scalar, "scalar", 4);
    if (!Fr::is_canonical(limbs_at(factor.data))) refuse("scalar", "not below r");
    std::array<u64, 48> out;
    {
        nb::gil_scoped_release release;
        if (!in_subgroup(b)) refuse("q", "not in the subgroup");
        const Lines lines = prepare_lines(b);
        const Affine<G1> scaled = multiply(a, limbs_at(factor.data)).to_affine();
        store_fq12(out.data(), final_exponentiation(miller_loop({{scaled, &lines}})));
    }
    return nb::bytes(out.data(), sizeof out);
}

bool product_is_one(nb::handle g1, nb::handle g2) {
    const auto p = view<u64>(g1, "g1", kRow<G1>);
    const auto q = view<u64>(g2, "g2", kRow<G2>);
    if (p.rows != q.rows) refuse("g2", "expected as many rows as g1");
    nb::gil_scoped_release release;
    const auto left = load_points<G1>(p, "g1");
    const auto right = load_points<G2>(q, "g2");
    std::vector<Lines> lines;
    lines.reserve(right.size());
    for (std::size_t i = 0; i < right.size(); ++i) {
        if (!in_subgroup(right[i])) {
            refuse("g2", "point " + std::to_string(i) + " is not in the subgroup");
        }
        lines.push_back(prepare_lines(right[i]));
    }
    std::vector<PairingTerm> terms;
    for (std::size_t i = 0; i < left.size(); ++i) terms.push_back({left[i], &lines[i]});
    return final_exponentiation(miller_loop(terms)).is_one();
}

}  // namespace

void bind_pairings(nb::module_& m) {
    const auto binary = [&m](const char* name, auto operation) {
        m.def(name, operation, nb::arg("a"), nb::arg("b"));
    };
    binary("fq2_add", [](nb::handle a, nb::handle b) {
        return map<Fq2>(a, b, [](const Fq2& x, const Fq2& y) { return x + y; });
    });
    binary("fq2_mul", [](nb::handle a, nb::handle b) {
        return map<Fq2>(a, b, [](const Fq2& x, const Fq2& y) { return x * y; });
    });
    binary("fq12_mul", [](nb::handle a, nb::handle b) {
        return map<Fq12>(a, b, [](const Fq12& x, const Fq12& y) { return x * y; });
    });
    bind_unary<Fq2>(m, "fq2_square", [](const Fq2& a) { return a.square(); });
    bind_unary<Fq2>(m, "fq2_inv", [](const Fq2& a) { return a.inverse(); });
    bind_unary<Fq12>(m, "fq12_square", [](const Fq12& a) { return a.square(); });
    bind_unary<Fq12>(m, "fq12_cyclotomic_square",
                     [](const Fq12& a) { return a.cyclotomic_square(); });
    bind_unary<Fq12>(m, "fq12_inv", [](const Fq12& a) { return a.inverse(); });
    m.def("fq12_frobenius", [](nb::handle a, std::int64_t power) {
        if (power < 1 || power > 3) refuse("power", "expected 1, 2 or 3");
        return map<Fq12>(a, a, [power](const Fq12& x, const Fq12&) {
            return x.frobenius(static_cast<unsigned>(power));
        });
    }, nb::arg("a"), nb::arg("power"));
    m.def("pairing", [](nb::handle p, nb::handle q) { return pairing_value(p, q, false); },
          nb::arg("p"), nb::arg("q"));
    m.def("pairing_naive", [](nb::handle p, nb::handle q) { return pairing_value(p, q, true); },
          nb::arg("p"), nb::arg("q"));
    m.def("scaled_pairing", &scaled_pairing, nb::arg("p"), nb::arg("q"), nb::arg("scalar"));
    m.def("pairing_product_is_one", &product_is_one, nb::arg("g1"), nb::arg("g2"));
}

}  // namespace zkc::py
