// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEscrowGate} from "./interfaces/IEscrowGate.sol";
import {ILoanMarket} from "./interfaces/ILoanMarket.sol";
import {IOpeningVerifier} from "./interfaces/IOpeningVerifier.sol";
import {BabyJubJub} from "./libraries/BabyJubJub.sol";
import {BabyJubJubScalars} from "./libraries/BabyJubJubScalars.sol";
import {BN254_R} from "./libraries/Bn254.sol";
import {DataContract} from "./libraries/DataContract.sol";
import {LoanId} from "./types/LoanId.sol";

/// @title Verifier of the arbiters' partial openings
/// @dev Has no owner, and stores only the group's public shares, as the code of a contract.
contract OpeningVerifier is IOpeningVerifier {
    uint256 private constant MOST_ARBITERS = 32;
    uint256 private constant INDEX_BITS = 6;
    bytes32 private constant GROUP_TAG = keccak256("zkcredit.escrow.group/1");
    bytes32 private constant OPENING_TAG = keccak256("zkcredit.escrow.opening/1");

    /// @inheritdoc IOpeningVerifier
    IEscrowGate public immutable gate;
    /// @inheritdoc IOpeningVerifier
    ILoanMarket public immutable market;
    /// @inheritdoc IOpeningVerifier
    uint256 public immutable threshold;
    /// @inheritdoc IOpeningVerifier
    uint256 public immutable size;
    /// @inheritdoc IOpeningVerifier
    uint256 public immutable groupDigest;
    address private immutable _shares;

    /// @notice Deploys the verifier of one group of arbiters. Reverts with GroupInvalid unless the
    ///         group belongs to the key of the market's gate.
    /// @param market_ Market whose gate is an escrow gate.
    /// @param commitments The points C_0 ... C_{m-1} of the key generation; C_0 is the gate's key.
    /// @param shares The points P_1 ... P_n, which must be those that follow from the commitments.
    /// @param record Digest of the key generation's transcript and of the arbiters' names.
    constructor(
        ILoanMarket market_,
        IEscrowGate.Point[] memory commitments,
        IEscrowGate.Point[] memory shares,
        bytes32 record
    ) {
        market = market_;
        gate = IEscrowGate(address(market_.gate()));
        threshold = commitments.length;
        size = shares.length;
        bool numbers = threshold >= 2 && threshold <= size && size <= MOST_ARBITERS;
        if (!numbers || !_isSame(commitments[0], gate.arbiters())) revert GroupInvalid();
        for (uint256 k = 0; k < threshold; ++k) {
            bool valid = BabyJubJubScalars.isOfPrimeOrder(commitments[k].x, commitments[k].y);
            if (!valid) revert GroupInvalid();
        }
        for (uint256 i = 1; i <= size; ++i) {
            if (!_isShare(commitments, i, shares[i - 1])) revert GroupInvalid();
        }
        groupDigest = uint256(keccak256(abi.encode(GROUP_TAG, size, record, commitments)));
        // without the two words for the array's place and length
        bytes memory data = abi.encode(shares);
        assembly ("memory-safe") {
            mstore(add(data, 64), sub(mload(data), 64))
            data := add(data, 64)
        }
        _shares = DataContract.write(data);
    }

    /// @inheritdoc IOpeningVerifier
    function check(LoanId loanId, PartialOpening calldata opening) external view {
        ILoanMarket.LoanStatus status = market.loan(loanId).status;
        if (status != ILoanMarket.LoanStatus.Defaulted) revert LoanNotInDefault(loanId, status);
        _check(loanId, opening);
    }

    /// @inheritdoc IOpeningVerifier
    function accuse(LoanId loanId, PartialOpening calldata opening) external {
        ILoanMarket.LoanStatus status = market.loan(loanId).status;
        bool defaulted = status == ILoanMarket.LoanStatus.Defaulted
            || status == ILoanMarket.LoanStatus.Recovered;
        if (defaulted) revert LoanDefaulted(loanId, status);
        _check(loanId, opening);
        emit Misconduct(opening.arbiter, loanId, status);
    }

    /// @inheritdoc IOpeningVerifier
    function shareOf(uint256 arbiter) public view returns (IEscrowGate.Point memory share) {
        if (arbiter == 0 || arbiter > size) revert ArbiterUnknown(arbiter);
        address source = _shares;
        assembly ("memory-safe") {
            // after the STOP byte, 64 bytes each
            extcodecopy(source, share, add(1, mul(64, sub(arbiter, 1))), 64)
        }
    }

    function _check(LoanId loanId, PartialOpening calldata opening) private view {
        (uint256 context, IEscrowGate.Seal memory seal_) = gate.sealOf(address(market), loanId);
        IEscrowGate.Point memory share = shareOf(opening.arbiter);
        bool valid = opening.answer < BabyJubJubScalars.ORDER && _isOnCurve(opening.part)
            && _isOnCurve(opening.eighth) && _isOnCurve(opening.announcedBase)
            && _isOnCurve(opening.announcedPoint)
            && !BabyJubJub.isLowOrder(opening.part.x, opening.part.y)
            && !BabyJubJub.isLowOrder(opening.announcedBase.x, opening.announcedBase.y)
            && BabyJubJubScalars.isEightTimes(
                opening.eighth.x, opening.eighth.y, opening.part.x, opening.part.y
            );
        if (!valid) revert OpeningInvalid(opening.arbiter);
        uint256 c = uint256(
            keccak256(
                abi.encode(
                    OPENING_TAG,
                    groupDigest,
                    context,
                    opening.arbiter,
                    seal_.point,
                    share,
                    opening.part,
                    opening.announcedBase,
                    opening.announcedPoint
                )
            )
        ) >> 128;
        IEscrowGate.Point memory base =
            IEscrowGate.Point(BabyJubJubScalars.BASE_X, BabyJubJubScalars.BASE_Y);
        valid = _isAnswered(base, share, c, opening.answer, opening.announcedBase)
            && _isAnswered(seal_.point, opening.part, c, opening.answer, opening.announcedPoint);
        if (!valid) revert OpeningInvalid(opening.arbiter);
    }

    /// @dev Whether z * base - c * product = announced.
    function _isAnswered(
        IEscrowGate.Point memory base,
        IEscrowGate.Point memory product,
        uint256 c,
        uint256 z,
        IEscrowGate.Point calldata announced
    ) private pure returns (bool) {
        BabyJubJubScalars.Pair memory pair = BabyJubJubScalars.Pair({
            px: base.x,
            py: base.y,
            pz: 1,
            // of prime order, so not 0
            qx: BN254_R - product.x,
            qy: product.y,
            qz: 1,
            sx: 0,
            sy: 0,
            sz: 0
        });
        return BabyJubJubScalars.isSumOfMultiples(pair, z, c, announced.x, announced.y);
    }

    /// @dev Whether a point is the sum of index^k * C_k, by Horner's rule, and of prime order.
    function _isShare(
        IEscrowGate.Point[] memory commitments,
        uint256 index,
        IEscrowGate.Point memory claimed
    ) private pure returns (bool) {
        BabyJubJubScalars.Projective memory sum = BabyJubJubScalars.Projective(0, 1, 1);
        for (uint256 k = commitments.length; k > 0; --k) {
            IEscrowGate.Point memory c = commitments[k - 1];
            sum = BabyJubJubScalars.sumOfMultiples(
                BabyJubJubScalars.Pair(sum.x, sum.y, sum.z, c.x, c.y, 1, 0, 0, 0),
                index,
                1,
                INDEX_BITS
            );
        }
        return claimed.x < BN254_R && claimed.y < BN254_R
            && !BabyJubJub.isLowOrder(claimed.x, claimed.y)
            && BabyJubJub.areEqual(sum.x, sum.y, sum.z, claimed.x, claimed.y, 1);
    }

    function _isSame(IEscrowGate.Point memory p, IEscrowGate.Point memory q)
        private
        pure
        returns (bool)
    {
        return p.x == q.x && p.y == q.y;
    }

    function _isOnCurve(IEscrowGate.Point calldata p) private pure returns (bool) {
        return BabyJubJub.isOnCurve(p.x, p.y);
    }
}
