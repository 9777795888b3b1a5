// What the checks share: made-up numbers, and a digest of results that any processor can repeat.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <random>

#include "curve/curve.hpp"
#include "dispatch/dispatch.hpp"

namespace zkc::check {

inline void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "wrong: %s\n", what);
    std::exit(1);
}

/// Takes the unit that ZKCREDIT_KERNEL names; exits with 2 if it does not run here.
inline std::string_view take_unit() {
    try {
        return dispatch::activate();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        std::exit(2);
    }
}

/// The same numbers everywhere: the standard fixes this generator, but not its distributions.
inline std::mt19937_64 random_words(1);

inline Fr::Int number() {
    Fr::Int out;
    do {
        for (auto& limb : out) limb = random_words();
        out[3] >>= 2;
    } while (!Fr::is_canonical(out));
    return out;
}

inline std::vector<Fr> elements(std::size_t n) {
    std::vector<Fr> out;
    for (std::size_t i = 0; i < n; ++i) out.push_back(Fr::from_canonical(number()));
    return out;
}

/// FNV-1a (Fowler, Noll, Vo) over canonical integers, limb by limb from the low byte up. It tells
/// apart results that differ by mistake, and need not do more.
class Digest {
   public:
    void note(u64 word) {
        for (int i = 0; i < 64; i += 8) {
            state_ ^= word >> i & 0xff;
            state_ *= 0x100000001b3;
        }
    }
    template <std::size_t N>
    void note(const Limbs<N>& limbs) {
        for (const u64 limb : limbs) note(limb);
    }
    void note(const Fr& value) { note(value.to_canonical()); }
    void note(const Fq& value) { note(value.to_canonical()); }
    void note(const Fq2& value) {
        note(value.c0);
        note(value.c1);
    }
    void note(const Fq12& value) {
        for (const Fq6* half : {&value.c0, &value.c1}) {
            for (const Fq2* part : {&half->c0, &half->c1, &half->c2}) note(*part);
        }
    }
    template <class G>
    void note(const Affine<G>& point) {
        note(point.x);
        note(point.y);
    }
    template <class T>
    void note(const std::vector<T>& values) {
        for (const T& value : values) note(value);
    }

    /// One line: the unit and the digest.
    void print(std::string_view unit) const {
        std::printf("%.*s %016llx\n", static_cast<int>(unit.size()), unit.data(),
                    static_cast<unsigned long long>(state_));
    }

   private:
    u64 state_ = 0xcbf29ce484222325;
};

}  // namespace zkc::check
