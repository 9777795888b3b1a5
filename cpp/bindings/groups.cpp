#include "bindings/points.hpp"
#include "curve/subgroup.hpp"
#include "msm/fixed_base.hpp"
#include "msm/sum.hpp"
#include "system/aligned.hpp"
#include "system/parallel.hpp"

namespace zkc::py {

namespace {

template <class G, class Operation>
Out points_binary(nb::handle p, nb::handle q, const Operation& operation) {
    const auto x = view<u64>(p, "p", kRow<G>);
    const auto y = view<u64>(q, "q", kRow<G>);
    if (x.rows != y.rows) refuse("q", "expected as many rows as p");
    std::vector<Affine<G>> out(x.rows);
    {
        nb::gil_scoped_release release;
        const auto a = load_points<G>(x, "p");
        const auto b = load_points<G>(y, "q");
        for (std::size_t i = 0; i < out.size(); ++i) out[i] = operation(a[i], b[i]);
    }
    return many(out);
}

SecretVector<Fr::Int> load_scalars(const View<u64>& rows) {
    check_canonical<Fr>(rows.data, rows.rows, "scalars");
    SecretVector<Fr::Int> out(rows.rows);
    for (std::size_t i = 0; i < rows.rows; ++i) out[i] = limbs_at(rows.data + 4 * i);
    return out;
}

template <class G, class Operation>
Out points_times(nb::handle p, nb::handle scalars, const Operation& operation) {
    const auto x = view<u64>(p, "p", kRow<G>);
    const auto k = view<u64>(scalars, "scalars", 4);
    if (x.rows != k.rows) refuse("scalars", "expected as many rows as p");
    std::vector<Affine<G>> out(x.rows);
    {
        nb::gil_scoped_release release;
        const auto points = load_points<G>(x, "p");
        const auto factors = load_scalars(k);
        for (std::size_t i = 0; i < out.size(); ++i) out[i] = operation(points[i], factors[i]);
    }
    return many(out);
}

template <class G>
Out sum_of_multiples(nb::handle points, nb::handle scalars, unsigned threads, bool naive) {
    const auto x = view<u64>(points, "points", kRow<G>);
    const auto k = view<u64>(scalars, "scalars", 4);
    if (x.rows != k.rows) refuse("scalars", "expected as many rows as points");
    Affine<G> out;
    {
        nb::gil_scoped_release release;
        const auto bases = load_points<G>(x, "points");
        const auto factors = load_scalars(k);
        out = naive ? msm_naive(bases.data(), factors.data(), bases.size())
                    : sum_of_products(bases.data(), factors.data(), bases.size(), threads)
                          .to_affine();
    }
    return single(out);
}

/// Adds q to p `times` times, with the batch adders if the unit has them.
template <class G>
void add_repeatedly(std::vector<Affine<G>>& p, const std::vector<Affine<G>>& q,
                    std::int64_t times) {
    const std::size_t n = p.size();
    if (n == 0 || times == 0) return;
    AlignedBytes pool((2 * n + 1) * kPackedBytes<G>, false), scratch(lanes::kScratchBytes, false);
    const auto place = [&pool](std::size_t i) { return pool.data() + i * kPackedBytes<G>; };
    packed::Additions additions;
    additions.restart(n);
    bool infinity = false;
    for (std::size_t i = 0; i < n; ++i) {
        infinity = infinity || p[i].is_infinity() || q[i].is_infinity();
        packed::store(place(i), p[i]);
        packed::store(place(n + i), q[i]);
        const auto at = static_cast<std::uint32_t>(i);
        additions.push(at, at + static_cast<std::uint32_t>(n), at);
    }
    additions.pad(static_cast<std::uint32_t>(2 * n));
    for (std::int64_t k = 0; k < times; ++k) {
        lanes::AddRequest request{nullptr,
                                 pool.data(),
                                 0,
                                 additions.blocks(),
                                 additions.n_blocks(),
                                 scratch.data(),
                                 infinity,
                                 packed::invert,
                                 packed::complete<G>};
        packed::Adders<G>::add(request);
        infinity = request.infinity;
    }
    for (std::size_t i = 0; i < n; ++i) p[i] = packed::load<G>(place(i));
}

template <class G>
Out repeated_sum(nb::handle p, nb::handle q, std::int64_t times) {
    const auto x = view<u64>(p, "p", kRow<G>);
    const auto y = view<u64>(q, "q", kRow<G>);
    if (x.rows != y.rows) refuse("q", "expected as many rows as p");
    if (x.rows > std::size_t{1} << 24) refuse("p", "expected at most 2^24 rows");
    if (times < 0 || times > 1 << 20) refuse("times", "expected 0 to 2^20");
    std::vector<Affine<G>> out;
    {
        nb::gil_scoped_release release;
        out = load_points<G>(x, "p");
        add_repeatedly(out, load_points<G>(y, "q"), times);
    }
    return many(out);
}

template <class G>
Out generator_multiples(nb::handle scalars, unsigned threads) {
    const auto k = view<u64>(scalars, "scalars", 4);
    std::vector<Affine<G>> out(k.rows);
    {
        nb::gil_scoped_release release;
        const auto factors = load_scalars(k);
        generator_table<G>().times(factors.data(), out.data(), out.size(), threads);
    }
    return many(out);
}

template <class G>
std::int64_t first_invalid(nb::handle points, unsigned threads) {
    const auto rows = view<u64>(points, "points", kRow<G>);
    nb::gil_scoped_release release;
    return first_outside_group<G>(rows.rows, threads, [&](std::size_t i, Affine<G>& p) {
        return load_point<G>(rows.data + kRow<G> * i, p);
    });
}

std::int64_t first_invalid_naive(nb::handle points) {
    const auto rows = view<u64>(points, "points", kRow<G2>);
    nb::gil_scoped_release release;
    for (std::size_t i = 0; i < rows.rows; ++i) {
        Affine<G2> p;
        if (!load_point<G2>(rows.data + kRow<G2> * i, p) || !in_subgroup_naive(p)) {
            return static_cast<std::int64_t>(i);
        }
    }
    return -1;
}

/// Multiplies every coordinate by 2^256 or by its inverse.
template <class F>
Out change_form(nb::handle array, const char* name, std::size_t columns, bool to_montgomery) {
    const auto rows = view<u64>(array, name, columns);
    Fresh out(rows.rows, columns);
    const std::size_t count = rows.rows * columns / 4;
    {
        nb::gil_scoped_release release;
        check_canonical<F>(rows.data, count, name);
        for (std::size_t i = 0; i < count; ++i) {
            const Limbs<4> a = limbs_at(rows.data + 4 * i);
            store(out.data() + 4 * i, to_montgomery ? F::from_canonical(a).to_montgomery()
                                                    : F::from_montgomery(a).to_canonical());
        }
    }
    return out.release();
}

template <class F>
void bind_form(nb::module_& m, const std::string& prefix, const char* argument,
               std::size_t columns) {
    m.def((prefix + "_from_mont").c_str(), [=](nb::handle array) {
        return change_form<F>(array, argument, columns, false);
    }, nb::arg(argument));
    m.def((prefix + "_to_mont").c_str(), [=](nb::handle array) {
        return change_form<F>(array, argument, columns, true);
    }, nb::arg(argument));
}

/// Resident bases with window tables.
template <class G>
class Bases {
   public:
    Bases(nb::handle points, std::int64_t memory, unsigned threads) {
        const auto rows = view<u64>(points, "points", kRow<G>);
        if (memory < 0) refuse("memory", "expected bytes");
        nb::gil_scoped_release release;
        bases_ = load_points<G>(rows, "points");
        const auto budget = static_cast<std::size_t>(memory) / sizeof(Affine<G>);
        table_ = WindowTable<G>(bases_.data(), bases_.size(),
                                WindowShape::choose(bases_.size(), budget), threads);
    }

    std::size_t bytes() const { return table_.bytes(); }

    Out msm(nb::handle scalars, unsigned threads) const {
        const auto k = view<u64>(scalars, "scalars", 4);
        if (k.rows != bases_.size()) refuse("scalars", "expected as many rows as points");
        Affine<G> out;
        {
            nb::gil_scoped_release release;
            const auto factors = load_scalars(k);
            const Recoding digits(factors.data(), factors.size(), table_.shape());
            out = window_msm(table_, digits, threads).to_affine();
        }
        return single(out);
    }

   private:
    std::vector<Affine<G>> bases_;
    WindowTable<G> table_;
};

template <class G>
void bind_bases(nb::module_& m, const char* name) {
    nb::class_<Bases<G>>(m, name)
        .def("__init__", [](Bases<G>* self, nb::handle points, std::int64_t memory,
                            std::int64_t threads) {
            new (self) Bases<G>(points, memory, check_threads(threads));
        }, nb::arg("points"), nb::arg("memory"), nb::arg("threads") = 1)
        .def_prop_ro("table_bytes", &Bases<G>::bytes)
        .def("msm", [](const Bases<G>& self, nb::handle scalars, std::int64_t threads) {
            return self.msm(scalars, check_threads(threads));
        }, nb::arg("scalars"), nb::arg("threads") = 1);
}

template <class G>
void bind_group(nb::module_& m, const std::string& prefix) {
    const auto name = [&prefix](const char* suffix) { return prefix + suffix; };
    m.def(name("_add").c_str(), [](nb::handle p, nb::handle q) {
        return points_binary<G>(p, q, [](const Affine<G>& a, const Affine<G>& b) {
            Xyzz<G> sum = Xyzz<G>::from(a);
            sum.add(b);
            return sum.to_affine();
        });
    }, nb::arg("p"), nb::arg("q"));
    m.def(name("_add_repeated").c_str(), &repeated_sum<G>, nb::arg("p"), nb::arg("q"),
          nb::arg("times"));
    m.def(name("_add_naive").c_str(), [](nb::handle p, nb::handle q) {
        return points_binary<G>(p, q, add_naive<G>);
    }, nb::arg("p"), nb::arg("q"));
    m.def(name("_neg").c_str(), [](nb::handle p) {
        const auto rows = view<u64>(p, "p", kRow<G>);
        auto points = load_points<G>(rows, "p");
        for (auto& point : points) point = -point;
        return many(points);
    }, nb::arg("p"));
    m.def(name("_mul").c_str(), [](nb::handle p, nb::handle scalars) {
        return points_times<G>(p, scalars, [](const Affine<G>& a, const Fr::Int& k) {
            return multiply(a, k).to_affine();
        });
    }, nb::arg("p"), nb::arg("scalars"));
    m.def(name("_mul_naive").c_str(), [](nb::handle p, nb::handle scalars) {
        return points_times<G>(p, scalars, multiply_naive<G>);
    }, nb::arg("p"), nb::arg("scalars"));
    m.def(name("_mul_generator").c_str(), [](nb::handle scalars, std::int64_t threads) {
        return generator_multiples<G>(scalars, check_threads(threads));
    }, nb::arg("scalars"), nb::arg("threads") = 1);
    m.def(name("_msm").c_str(), [](nb::handle points, nb::handle scalars, std::int64_t threads) {
        return sum_of_multiples<G>(points, scalars, check_threads(threads), false);
    }, nb::arg("points"), nb::arg("scalars"), nb::arg("threads") = 1);
    m.def(name("_msm_naive").c_str(), [](nb::handle points, nb::handle scalars) {
        return sum_of_multiples<G>(points, scalars, 1, true);
    }, nb::arg("points"), nb::arg("scalars"));
    bind_form<Fq>(m, prefix, "points", kRow<G>);
}

}  // namespace

void bind_groups(nb::module_& m) {
    bind_group<G1>(m, "g1");
    bind_group<G2>(m, "g2");
    bind_bases<G1>(m, "G1Bases");
    bind_bases<G2>(m, "G2Bases");
    bind_form<Fr>(m, "fr", "values", 4);
    m.def("g1_first_invalid", [](nb::handle points, std::int64_t threads) {
        return first_invalid<G1>(points, check_threads(threads));
    }, nb::arg("points"), nb::arg("threads") = 1);
    m.def("g2_first_invalid", [](nb::handle points, std::int64_t threads) {
        return first_invalid<G2>(points, check_threads(threads));
    }, nb::arg("points"), nb::arg("threads") = 1);
    m.def("g2_first_invalid_naive", &first_invalid_naive, nb::arg("points"));
}

}  // namespace zkc::py
