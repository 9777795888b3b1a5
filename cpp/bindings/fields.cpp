#include "bindings/arrays.hpp"
#include "system/secret.hpp"
#include "transform/lane_vector.hpp"
#include "transform/ntt.hpp"

namespace zkc::py {

namespace {

template <class F, class Operation>
Out binary(nb::handle a, nb::handle b, const Operation& operation) {
    const auto x = view<u64>(a, "a", 4);
    const auto y = view<u64>(b, "b", 4);
    if (x.rows != y.rows) refuse("b", "expected as many rows as a");
    Fresh out(x.rows, 4);
    {
        nb::gil_scoped_release release;
        check_canonical<F>(x.data, x.rows, "a");
        check_canonical<F>(y.data, y.rows, "b");
        for (std::size_t i = 0; i < x.rows; ++i) {
            const F result = operation(F::from_canonical(limbs_at(x.data + 4 * i)),
                                       F::from_canonical(limbs_at(y.data + 4 * i)));
            store(out.row(i), result.to_canonical());
        }
    }
    return out.release();
}

template <class F, class Operation>
Out unary(nb::handle a, const Operation& operation) {
    const auto x = view<u64>(a, "a", 4);
    Fresh out(x.rows, 4);
    {
        nb::gil_scoped_release release;
        check_canonical<F>(x.data, x.rows, "a");
        for (std::size_t i = 0; i < x.rows; ++i) {
            store(out.row(i), operation(F::from_canonical(limbs_at(x.data + 4 * i))).to_canonical());
        }
    }
    return out.release();
}

template <class F>
void bind_field(nb::module_& m, const std::string& prefix) {
    const auto name = [&prefix](const char* suffix) { return prefix + suffix; };
    m.def(name("_add").c_str(), [](nb::handle a, nb::handle b) {
        return binary<F>(a, b, [](const F& x, const F& y) { return x + y; });
    }, nb::arg("a"), nb::arg("b"));
    m.def(name("_sub").c_str(), [](nb::handle a, nb::handle b) {
        return binary<F>(a, b, [](const F& x, const F& y) { return x - y; });
    }, nb::arg("a"), nb::arg("b"));
    m.def(name("_mul").c_str(), [](nb::handle a, nb::handle b) {
        return binary<F>(a, b, [](const F& x, const F& y) { return x * y; });
    }, nb::arg("a"), nb::arg("b"));
    m.def(name("_neg").c_str(), [](nb::handle a) {
        return unary<F>(a, [](const F& x) { return -x; });
    }, nb::arg("a"));
    m.def(name("_inv").c_str(), [](nb::handle a) {
        return unary<F>(a, [](const F& x) { return x.inverse(); });
    }, nb::arg("a"));
    m.def(name("_inv_naive").c_str(), [](nb::handle a) {
        return unary<F>(a, [](const F& x) { return x.inverse_naive(); });
    }, nb::arg("a"));
}

Out transform(nb::handle values, bool inverse, unsigned threads, bool naive) {
    const auto v = view<u64>(values, "values", 4);
    if (!std::has_single_bit(v.rows) || v.rows > (std::size_t{1} << Fr::Params::two_adicity)) {
        refuse("values", "expected a power of two of at most 2^28 rows");
    }
    Fresh out(v.rows, 4);
    {
        nb::gil_scoped_release release;
        check_canonical<Fr>(v.data, v.rows, "values");
        const auto tables = domain<Fr>(static_cast<std::size_t>(std::countr_zero(v.rows)));
        SecretVector<Fr> a(v.rows);
        for (std::size_t i = 0; i < v.rows; ++i) a[i] = Fr::from_canonical(limbs_at(v.data + 4 * i));
        if (naive) {
            tables->transform_naive(a.data(), inverse);
        } else {
            tables->transform(a.data(), inverse, threads);
        }
        for (std::size_t i = 0; i < v.rows; ++i) store(out.row(i), a[i].to_canonical());
    }
    return out.release();
}

/// The product as the lanes compute it, on words below five moduli: a b 2^-260, canonical.
template <class F>
Out lane_product(nb::handle a, nb::handle b, void (*product)(const u64*, const u64*, u64*,
                                                             std::size_t)) {
    const auto x = view<u64>(a, "a", 4);
    const auto y = view<u64>(b, "b", 4);
    if (x.rows != y.rows) refuse("b", "expected as many rows as a");
    if (x.rows % 8 != 0) refuse("a", "expected a multiple of 8 rows");
    Fresh out(x.rows, 4);
    {
        nb::gil_scoped_release release;
        for (const auto* v : {&x, &y}) {
            for (std::size_t i = 0; i < v->rows; ++i) {
                Limbs<4> rest = limbs_at(v->data + 4 * i), less;
                for (int k = 0; k < 4; ++k) {
                    if (sub(less, rest, F::Params::modulus) == 0) rest = less;
                }
                if (!F::is_canonical(rest)) refuse("a, b", "expected values below five moduli");
            }
        }
        product(x.data, y.data, out.data(), x.rows / 8);
    }
    return out.release();
}

/// a b^times, in the unit's own form throughout.
Out repeated_product(nb::handle a, nb::handle b, std::int64_t times) {
    const auto x = view<u64>(a, "a", 4);
    const auto y = view<u64>(b, "b", 4);
    if (x.rows != y.rows) refuse("b", "expected as many rows as a");
    if (times < 0 || times > 1 << 20) refuse("times", "expected 0 to 2^20");
    Fresh out(x.rows, 4);
    {
        nb::gil_scoped_release release;
        check_canonical<Fr>(x.data, x.rows, "a");
        check_canonical<Fr>(y.data, y.rows, "b");
        const auto at = [](const View<u64>& v, std::size_t i) {
            return Fr::from_canonical(limbs_at(v.data + 4 * i));
        };
        if (LaneUnit::in_use == nullptr) {
            for (std::size_t i = 0; i < x.rows; ++i) {
                Fr product = at(x, i);
                const Fr factor = at(y, i);
                for (std::int64_t k = 0; k < times; ++k) product *= factor;
                store(out.row(i), product.to_canonical());
            }
        } else {
            LaneVector products(x.rows, false), factors(x.rows, false);
            for (std::size_t i = 0; i < x.rows; ++i) {
                products.set(i, at(x, i));
                factors.set(i, at(y, i));
            }
            const std::size_t vectors = (x.rows + 7) / 8;
            for (std::int64_t k = 0; k < times; ++k) {
                LaneUnit::in_use->multiply_vectors(products.data(), factors.data(), products.data(),
                                                   vectors);
            }
            for (std::size_t i = 0; i < x.rows; ++i) store(out.row(i), products.get(i).to_canonical());
        }
    }
    return out.release();
}

}  // namespace

void bind_fields(nb::module_& m) {
    bind_field<Fr>(m, "fr");
    bind_field<Fq>(m, "fq");
    m.def("fr_lane_product", [](nb::handle a, nb::handle b) {
        if (LaneUnit::in_use == nullptr) throw std::runtime_error("this unit has no lanes");
        return lane_product<Fr>(a, b, LaneUnit::in_use->multiply_words_r);
    }, nb::arg("a"), nb::arg("b"));
    m.def("fq_lane_product", [](nb::handle a, nb::handle b) {
        if (LaneUnit::in_use == nullptr) throw std::runtime_error("this unit has no lanes");
        return lane_product<Fq>(a, b, LaneUnit::in_use->multiply_words_q);
    }, nb::arg("a"), nb::arg("b"));
    m.def("fr_mul_repeated", &repeated_product, nb::arg("a"), nb::arg("b"), nb::arg("times"));
    m.def("ntt", [](nb::handle values, bool inverse, std::int64_t threads) {
        return transform(values, inverse, check_threads(threads), false);
    }, nb::arg("values"), nb::arg("inverse") = false, nb::arg("threads") = 1);
    m.def("ntt_naive", [](nb::handle values, bool inverse) {
        return transform(values, inverse, 1, true);
    }, nb::arg("values"), nb::arg("inverse") = false);
}

}  // namespace zkc::py
