// The boundary between numpy and the kernel: shapes, ranges and encodings are checked here, and no
// other folder knows Python.
//
// Field vectors are C-contiguous uint64 arrays (n, 4), canonical and little-endian by limbs; points
// are (n, 8) or (n, 16); infinity is all zero. Any mismatch is a ValueError that names the argument.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "field/bn254.hpp"

namespace zkc::py {

namespace nb = nanobind;

using AnyArray = nb::ndarray<nb::numpy, nb::ro, nb::device::cpu>;
using Out = nb::ndarray<nb::numpy, u64>;

[[noreturn]] inline void refuse(const char* name, const std::string& what) {
    throw nb::value_error((std::string(name) + ": " + what).c_str());
}

/// A checked view; keeps the array alive.
template <class T>
struct View {
    AnyArray array;
    const T* data;
    std::size_t rows;
};

template <class T>
const char* dtype_name() {
    return sizeof(T) == 8 ? "uint64" : sizeof(T) == 4 ? "uint32" : "uint8";
}

inline AnyArray as_array(nb::handle value, const char* name) {
    AnyArray array;
    if (!nb::try_cast<AnyArray>(value, array, false)) refuse(name, "expected a numpy array");
    return array;
}

/// columns = 0 asks for a vector, another number for a matrix with that many columns.
template <class T>
View<T> view(nb::handle value, const char* name, std::size_t columns) {
    AnyArray array = as_array(value, name);
    if (array.dtype() != nb::dtype<T>()) {
        refuse(name, std::string("expected dtype ") + dtype_name<T>());
    }
    const std::size_t dims = columns == 0 ? 1 : 2;
    if (array.ndim() != dims || (dims == 2 && array.shape(1) != columns)) {
        refuse(name, columns == 0 ? "expected shape (n,)"
                                  : "expected shape (n, " + std::to_string(columns) + ")");
    }
    std::int64_t stride = 1;
    for (std::size_t d = dims; d-- > 0;) {
        if (array.size() > 0 && array.shape(d) > 1 && array.stride(d) != stride) {
            refuse(name, "expected a C-contiguous array");
        }
        stride *= static_cast<std::int64_t>(array.shape(d));
    }
    const T* data = static_cast<const T*>(array.data());
    const std::size_t rows = array.shape(0);
    return {std::move(array), data, rows};
}

/// One element of `limbs` limbs, shape (limbs,).
inline View<u64> element(nb::handle value, const char* name, std::size_t limbs) {
    View<u64> v = view<u64>(value, name, 0);
    if (v.rows != limbs) refuse(name, "expected shape (" + std::to_string(limbs) + ",)");
    return v;
}

inline Limbs<4> limbs_at(const u64* at) { return {at[0], at[1], at[2], at[3]}; }

inline void store(u64* at, const Limbs<4>& a) {
    for (std::size_t i = 0; i < 4; ++i) at[i] = a[i];
}

/// Throws unless each of the `count` groups of four limbs is below the modulus of F.
template <class F>
void check_canonical(const u64* data, std::size_t count, const char* name) {
    for (std::size_t i = 0; i < count; ++i) {
        if (!F::is_canonical(limbs_at(data + 4 * i))) {
            refuse(name, "element " + std::to_string(i) + " is not below the modulus");
        }
    }
}

/// A fresh array that owns its memory; shape (rows, columns), or (rows,) when columns = 0.
class Fresh {
   public:
    Fresh(std::size_t rows, std::size_t columns)
        : rows_(rows), columns_(columns), data_(new u64[rows * (columns == 0 ? 1 : columns)]()) {}

    u64* data() { return data_.get(); }
    u64* row(std::size_t i) { return data_.get() + i * columns_; }

    Out release() {
        u64* data = data_.get();
        nb::capsule owner(data, [](void* p) noexcept { delete[] static_cast<u64*>(p); });
        data_.release();
        const std::size_t shape[2] = {rows_, columns_};
        return Out(data, columns_ == 0 ? 1 : 2, shape, owner);
    }

   private:
    std::size_t rows_, columns_;
    std::unique_ptr<u64[]> data_;
};

inline unsigned check_threads(std::int64_t threads) {
    if (threads < 1 || threads > 1024) refuse("threads", "expected 1 to 1024");
    return static_cast<unsigned>(threads);
}

void bind_fields(nb::module_& m);
void bind_groups(nb::module_& m);
void bind_programs(nb::module_& m);
void bind_pairings(nb::module_& m);
void bind_groth16(nb::module_& m);

}  // namespace zkc::py
