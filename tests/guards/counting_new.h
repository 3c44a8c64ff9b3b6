#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

// operator new of a program that counts its allocations: included once, by the one file that has
// the program's CountAllocation().

namespace sluice::tests {

void CountAllocation();

// Not inline, or gcc finds free() in operator delete no match for operator new.
[[gnu::noinline]] inline void* CountedNew(std::size_t bytes) {
  CountAllocation();
  if (void* const memory = std::malloc(bytes == 0 ? 1 : bytes)) return memory;
  throw std::bad_alloc();
}

}  // namespace sluice::tests

void* operator new(std::size_t bytes) { return sluice::tests::CountedNew(bytes); }
void* operator new[](std::size_t bytes) { return sluice::tests::CountedNew(bytes); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
