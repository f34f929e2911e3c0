#pragma once

#include "flows/tensor/direct_kernels.hpp"

/// The small matrices of F(2x2, 3x3), applied to vectors of channels; see winograd.hpp.
namespace bornflow::direct {

constexpr int frequencies = 16;  // of a tile: 4 x 4

/// B^T x B.
template <class V>
inline void transform_input(const V (&x)[4][4], V (&out)[4][4]) {
  V rows[4][4];
  for (int j = 0; j < 4; ++j) {
    rows[0][j] = x[0][j] - x[2][j];
    rows[1][j] = x[1][j] + x[2][j];
    rows[2][j] = x[2][j] - x[1][j];
    rows[3][j] = x[1][j] - x[3][j];
  }
  for (int i = 0; i < 4; ++i) {
    out[i][0] = rows[i][0] - rows[i][2];
    out[i][1] = rows[i][1] + rows[i][2];
    out[i][2] = rows[i][2] - rows[i][1];
    out[i][3] = rows[i][1] - rows[i][3];
  }
}

/// G w G^T.
template <class V>
inline void transform_weight(const V (&w)[3][3], V (&out)[4][4]) {
  V rows[4][3];
  for (int j = 0; j < 3; ++j) {
    const V ends = w[0][j] + w[2][j];
    rows[0][j] = w[0][j];
    rows[1][j] = (ends + w[1][j]) / 2;
    rows[2][j] = (ends - w[1][j]) / 2;
    rows[3][j] = w[2][j];
  }
  for (int i = 0; i < 4; ++i) {
    const V ends = rows[i][0] + rows[i][2];
    out[i][0] = rows[i][0];
    out[i][1] = (ends + rows[i][1]) / 2;
    out[i][2] = (ends - rows[i][1]) / 2;
    out[i][3] = rows[i][2];
  }
}

/// A^T m A.
template <class V>
inline void transform_output(const V (&m)[4][4], V (&out)[2][2]) {
  V rows[2][4];
  for (int j = 0; j < 4; ++j) {
    rows[0][j] = m[0][j] + m[1][j] + m[2][j];
    rows[1][j] = m[1][j] - m[2][j] - m[3][j];
  }
  for (int i = 0; i < 2; ++i) {
    out[i][0] = rows[i][0] + rows[i][1] + rows[i][2];
    out[i][1] = rows[i][1] - rows[i][2] - rows[i][3];
  }
}

/// A dy A^T, the transpose of transform_output().
template <class V>
inline void transpose_output(const V (&dy)[2][2], V (&out)[4][4]) {
  V rows[4][2];
  for (int j = 0; j < 2; ++j) {
    rows[0][j] = dy[0][j];
    rows[1][j] = dy[0][j] + dy[1][j];
    rows[2][j] = dy[0][j] - dy[1][j];
    rows[3][j] = -dy[1][j];
  }
  for (int i = 0; i < 4; ++i) {
    out[i][0] = rows[i][0];
    out[i][1] = rows[i][0] + rows[i][1];
    out[i][2] = rows[i][0] - rows[i][1];
    out[i][3] = -rows[i][1];
  }
}

/// G^T m G, the transpose of transform_weight().
template <class V>
inline void transpose_weight(const V (&m)[4][4], V (&out)[3][3]) {
  V rows[3][4];
  for (int j = 0; j < 4; ++j) {
    const V sum = (m[1][j] + m[2][j]) / 2, difference = (m[1][j] - m[2][j]) / 2;
    rows[0][j] = m[0][j] + sum;
    rows[1][j] = difference;
    rows[2][j] = sum + m[3][j];
  }
  for (int i = 0; i < 3; ++i) {
    const V sum = (rows[i][1] + rows[i][2]) / 2, difference = (rows[i][1] - rows[i][2]) / 2;
    out[i][0] = rows[i][0] + sum;
    out[i][1] = difference;
    out[i][2] = sum + rows[i][3];
  }
}

}  // namespace bornflow::direct
