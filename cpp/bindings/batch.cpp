#include "bindings/batch.hpp"

#include <algorithm>

#include "bindings/points.hpp"
#include "system/parallel.hpp"

namespace zkc::py {

namespace {

constexpr std::size_t kLoadGrain = 64;

struct Claims {
    std::vector<Proof> proofs;
    std::vector<Fr::Int> inputs;
    std::vector<char> readable;

    bool load(const View<u64>& a, const View<u64>& b, const View<u64>& c, const View<u64>& x,
              std::size_t width, std::size_t i) {
        for (std::size_t j = 0; j < width; ++j) {
            inputs[width * i + j] = limbs_at(x.data + 4 * (width * i + j));
            if (!Fr::is_canonical(inputs[width * i + j])) return false;
        }
        return load_point<G1>(a.data + kRow<G1> * i, proofs[i].a) &&
               load_point<G2>(b.data + kRow<G2> * i, proofs[i].b) &&
               load_point<G1>(c.data + kRow<G1> * i, proofs[i].c);
    }
};

std::vector<std::uint32_t> find_invalid(const VerifyingKey& key, Claims& claims,
                                        unsigned threads, bool naive) {
    const std::size_t width = key.n_public();
    const std::size_t n = claims.proofs.size();
    std::vector<std::uint32_t> bad;
    std::vector<std::uint32_t> kept;  // indices of the readable ones, which move to the front
    for (std::uint32_t i = 0; i < n; ++i) {
        if (claims.readable[i] == 0) {
            bad.push_back(i);
            continue;
        }
        const std::size_t to = kept.size();
        claims.proofs[to] = claims.proofs[i];
        std::copy_n(claims.inputs.begin() + static_cast<std::ptrdiff_t>(width * i), width,
                    claims.inputs.begin() + static_cast<std::ptrdiff_t>(width * to));
        kept.push_back(i);
    }
    if (naive) {
        for (std::size_t k = 0; k < kept.size(); ++k) {
            if (!key.verify(claims.proofs[k], claims.inputs.data() + width * k, 1)) {
                bad.push_back(kept[k]);
            }
        }
    } else {
        for (const std::uint32_t k :
             key.find_invalid(claims.proofs.data(), claims.inputs.data(), kept.size(), threads)) {
            bad.push_back(kept[k]);
        }
    }
    std::sort(bad.begin(), bad.end());
    return bad;
}

}  // namespace

Out verify_many(const VerifyingKey& key, nb::handle a, nb::handle b, nb::handle c,
                nb::handle public_inputs, unsigned threads, bool naive) {
    const auto rows_a = view<u64>(a, "a", kRow<G1>);
    const auto rows_b = view<u64>(b, "b", kRow<G2>);
    const auto rows_c = view<u64>(c, "c", kRow<G1>);
    const auto rows_x = view<u64>(public_inputs, "public", 4);
    const std::size_t n = rows_a.rows;
    if (n > 0xffffffff) refuse("a", "expected at most 2^32 - 1 rows");
    if (rows_b.rows != n) refuse("b", "expected as many rows as a");
    if (rows_c.rows != n) refuse("c", "expected as many rows as a");
    if (rows_x.rows != n * key.n_public()) {
        refuse("public", "expected " + std::to_string(key.n_public()) + " rows for each proof");
    }
    std::vector<std::uint32_t> bad;
    {
        nb::gil_scoped_release release;
        Claims claims{std::vector<Proof>(n), std::vector<Fr::Int>(rows_x.rows),
                      std::vector<char>(n)};
        parallel_ranges(threads, n, kLoadGrain, [&](std::size_t from, std::size_t to) {
            for (std::size_t i = from; i < to; ++i) {
                claims.readable[i] = claims.load(rows_a, rows_b, rows_c, rows_x, key.n_public(), i);
            }
        });
        bad = find_invalid(key, claims, threads, naive);
    }
    Fresh out(bad.size(), 0);
    std::copy(bad.begin(), bad.end(), out.data());
    return out.release();
}

}  // namespace zkc::py
