// The boundary between numpy and the kernel: shapes, ranges and encodings are checked here, and no
// other folder knows Python.
//
// Field vectors are C-contiguous uint64 arrays (n, 4), canonical and little-endian by limbs; points
// are (n, 8) or (n, 16); infinity is all zero. Any mismatch is a ValueError that names the argument.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "field/bn254.hpp"

namespace zkc::py {

namespace nb = nanobind;

using AnyArray = nb::ndarray<nb::numpy, nb::ro, nb::device::cpu>;
using Out = nb::ndarray<nb::numpy, u64>;

/// Throws ValueError.
[[noreturn]] void refuse(const char* name, const std::string& what);

/// A checked view; keeps the array alive.
template <class T>
struct View {
    AnyArray array;
    const T* data;
    std::size_t rows;
};

/// columns = 0 asks for a vector, another number for a matrix with that many columns.
template <class T>
View<T> view(nb::handle value, const char* name, std::size_t columns);

/// One element of `limbs` limbs, shape (limbs,).
View<u64> element(nb::handle value, const char* name, std::size_t limbs);

inline Limbs<4> limbs_at(const u64* at) { return {at[0], at[1], at[2], at[3]}; }

inline void store(u64* at, const Limbs<4>& a) {
    for (std::size_t i = 0; i < 4; ++i) at[i] = a[i];
}

/// Bytes of a file, at any address: bytes, a memoryview, or a vector of uint8.
struct Bytes {
    nb::ndarray<nb::ro, nb::device::cpu> array;  // kept alive
    const unsigned char* data;
    std::size_t size;

    /// The four limbs that begin at this byte.
    Limbs<4> limbs(std::size_t at) const {
        Limbs<4> out;
        std::memcpy(out.data(), data + at, sizeof out);
        return out;
    }
};

Bytes bytes(nb::handle value, const char* name);

/// Throws unless each of the `count` groups of four limbs is below the modulus of F.
template <class F>
void check_canonical(const u64* data, std::size_t count, const char* name);

/// A fresh array that owns its memory; shape (rows, columns), or (rows,) when columns = 0.
class Fresh {
   public:
    Fresh(std::size_t rows, std::size_t columns)
        : rows_(rows), columns_(columns), data_(new u64[rows * (columns == 0 ? 1 : columns)]()) {}

    u64* data() { return data_.get(); }
    u64* row(std::size_t i) { return data_.get() + i * columns_; }

    Out release();

   private:
    std::size_t rows_, columns_;
    std::unique_ptr<u64[]> data_;
};

unsigned check_threads(std::int64_t threads);

void bind_fields(nb::module_& m);
void bind_groups(nb::module_& m);
void bind_programs(nb::module_& m);
void bind_pairings(nb::module_& m);
void bind_proving_keys(nb::module_& m);
void bind_groth16(nb::module_& m);
void bind_files(nb::module_& m);

}  // namespace zkc::py
