#include "bindings/arrays.hpp"

namespace zkc::py {

namespace {

template <class T>
const char* dtype_name() {
    return sizeof(T) == 8 ? "uint64" : sizeof(T) == 4 ? "uint32" : "uint8";
}

AnyArray as_array(nb::handle value, const char* name) {
    AnyArray array;
    if (!nb::try_cast<AnyArray>(value, array, false)) refuse(name, "expected a numpy array");
    return array;
}

}  // namespace

void refuse(const char* name, const std::string& what) {
    throw nb::value_error((std::string(name) + ": " + what).c_str());
}

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

View<u64> element(nb::handle value, const char* name, std::size_t limbs) {
    View<u64> v = view<u64>(value, name, 0);
    if (v.rows != limbs) refuse(name, "expected shape (" + std::to_string(limbs) + ",)");
    return v;
}

Bytes bytes(nb::handle value, const char* name) {
    Bytes out;
    if (!nb::try_cast(value, out.array, false) || out.array.dtype() != nb::dtype<std::uint8_t>() ||
        out.array.ndim() != 1 || (out.array.size() > 1 && out.array.stride(0) != 1)) {
        refuse(name, "expected bytes");
    }
    out.data = static_cast<const unsigned char*>(out.array.data());
    out.size = out.array.size();
    return out;
}

template <class F>
void check_canonical(const u64* data, std::size_t count, const char* name) {
    for (std::size_t i = 0; i < count; ++i) {
        if (!F::is_canonical(limbs_at(data + 4 * i))) {
            refuse(name, "element " + std::to_string(i) + " is not below the modulus");
        }
    }
}

Out Fresh::release() {
    u64* data = data_.get();
    nb::capsule owner(data, [](void* p) noexcept { delete[] static_cast<u64*>(p); });
    data_.release();
    const std::size_t shape[2] = {rows_, columns_};
    return Out(data, columns_ == 0 ? 1 : 2, shape, owner);
}

unsigned check_threads(std::int64_t threads) {
    if (threads < 1 || threads > 1024) refuse("threads", "expected 1 to 1024");
    return static_cast<unsigned>(threads);
}

template View<u64> view(nb::handle, const char*, std::size_t);
template View<std::uint32_t> view(nb::handle, const char*, std::size_t);
template void check_canonical<Fq>(const u64*, std::size_t, const char*);
template void check_canonical<Fr>(const u64*, std::size_t, const char*);

}  // namespace zkc::py
