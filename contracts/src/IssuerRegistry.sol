// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {IIssuerRegistry} from "./interfaces/IIssuerRegistry.sol";
import {BN254_R} from "./libraries/Bn254.sol";

/// @title Roots of the tree of accepted issuers
/// @dev The admin (DEFAULT_ADMIN_ROLE) is an address: an account, a Safe or a governor.
contract IssuerRegistry is IIssuerRegistry, AccessControl {
    /// @inheritdoc IIssuerRegistry
    bytes32 public constant REGISTRAR_ROLE = keccak256("zkcredit.registrar");

    /// @inheritdoc IIssuerRegistry
    uint256 public currentRoot;
    /// @inheritdoc IIssuerRegistry
    uint256 public version;
    mapping(uint256 root => RootRecord) private _records;

    /// @notice Deploys a registry without a root.
    /// @param admin Holder of the admin role; grants the registrar role to others.
    /// @param registrar Address of the first registrar.
    constructor(address admin, address registrar) {
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(REGISTRAR_ROLE, registrar);
    }

    /// @inheritdoc IIssuerRegistry
    function rootRecord(uint256 root) external view returns (RootRecord memory) {
        return _records[root];
    }

    /// @inheritdoc IIssuerRegistry
    function isFresh(uint256 root, uint256 maxAge) external view returns (bool) {
        RootRecord memory record = _records[root];
        if (record.postedAt == 0 || record.withdrawn) return false;
        if (root == currentRoot) return true;
        // replacedAt is a past block's time, so the difference cannot underflow
        return block.timestamp - record.replacedAt <= maxAge;
    }

    /// @inheritdoc IIssuerRegistry
    function post(uint256 root, bytes32 dataHash, string calldata uri)
        external
        onlyRole(REGISTRAR_ROLE)
    {
        if (root == 0 || root >= BN254_R) revert RootInvalid(root);
        uint256 previous = currentRoot;
        if (root == previous) revert RootUnchanged(root);
        RootRecord storage record = _records[root];
        if (record.withdrawn) revert RootIsWithdrawn(root);
        if (previous != 0) _records[previous].replacedAt = uint40(block.timestamp);
        record.postedAt = uint40(block.timestamp);
        record.replacedAt = 0;
        currentRoot = root;
        version += 1;
        emit RootPosted(root, version, dataHash, uri);
    }

    /// @inheritdoc IIssuerRegistry
    function withdrawRoot(uint256 root) external onlyRole(DEFAULT_ADMIN_ROLE) {
        RootRecord storage record = _records[root];
        if (record.postedAt == 0) revert RootUnknown(root);
        if (record.withdrawn) revert RootIsWithdrawn(root);
        record.withdrawn = true;
        emit RootWithdrawn(root);
    }
}
