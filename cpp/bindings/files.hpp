// What the sections of iden3's files hold, as bytes.
#pragma once

#include "bindings/arrays.hpp"

namespace zkc::py {

/// Section 4 of a .zkey without its count: records of three u32 (matrix, row, wire) and a value
/// times 2^512 mod r.
class StoredCoefficients {
   public:
    explicit StoredCoefficients(nb::handle records) : bytes_(bytes(records, "coeffs")) {
        if (bytes_.size % kRecord != 0) refuse("coeffs", "expected records of 44 bytes");
    }

    std::size_t size() const { return bytes_.size / kRecord; }
    std::uint32_t matrix(std::size_t i) const { return word(i, 0); }
    std::uint32_t row(std::size_t i) const { return word(i, 1); }
    std::uint32_t wire(std::size_t i) const { return word(i, 2); }
    bool has_canonical_value(std::size_t i) const { return Fr::is_canonical(stored(i)); }
    Fr value(std::size_t i) const {
        return Fr::from_montgomery(Fr::from_montgomery(stored(i)).to_canonical());
    }

   private:
    static constexpr std::size_t kRecord = 44;
    std::uint32_t word(std::size_t i, std::size_t k) const {
        std::uint32_t out;
        std::memcpy(&out, bytes_.data + kRecord * i + sizeof out * k, sizeof out);
        return out;
    }
    Fr::Int stored(std::size_t i) const { return bytes_.limbs(kRecord * i + 12); }

    Bytes bytes_;
};

}  // namespace zkc::py
