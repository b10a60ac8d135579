// Style sheets and images as imports, for a type check before Next has written its own declarations.
/// <reference types="next" />
/// <reference types="next/image-types/global" />
